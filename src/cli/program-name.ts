/** Invoked by upstream's name, the program answers to it in usage texts and in its version. */
export interface ProgramName {
  /** The binary. */
  readonly binary: 'kubectl-sluice' | 'kubectl-argo-rollouts';
  /** How a user calls it. */
  readonly call: 'kubectl sluice' | 'kubectl argo rollouts';
}

export function programName(invokedAs: string): ProgramName {
  return invokedAs.includes('argo-rollouts')
    ? { binary: 'kubectl-argo-rollouts', call: 'kubectl argo rollouts' }
    : { binary: 'kubectl-sluice', call: 'kubectl sluice' };
}
