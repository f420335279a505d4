/** '' where nothing is shown. */
export type Icon = '✔' | '◌' | '॥' | '✖' | '⚠' | '?' | '•' | '◷' | '';

const phaseIcons: Readonly<Record<string, Icon>> = {
  Pending: '◷',
  Running: '◌',
  Successful: '✔',
  Failed: '✖',
  Error: '⚠',
  Inconclusive: '?',
};

const iconsByKind: Readonly<Record<string, Readonly<Record<string, Icon>>>> = {
  Rollout: { Healthy: '✔', Progressing: '◌', Paused: '॥', Degraded: '✖', Error: '⚠', InvalidSpec: '⚠', Unknown: '?', ScaledDown: '•' },
  ReplicaSet: { Healthy: '✔', Progressing: '◌', ReplicaFailure: '✖', ScaledDown: '•' },
  Experiment: phaseIcons,
  AnalysisRun: phaseIcons,
  Job: phaseIcons,
};

/** The sign before a status word. cli-dashboard-gitops 1.8. */
export function iconOf(kind: 'Rollout' | 'ReplicaSet' | 'Pod' | 'Experiment' | 'AnalysisRun' | 'Job', status: string): Icon {
  return kind === 'Pod' ? podIcon(status) : (iconsByKind[kind]?.[status] ?? '');
}

const podIcons: Readonly<Record<string, Icon>> = {
  Pending: '◌',
  Terminating: '◌',
  ContainerCreating: '◌',
  Running: '✔',
  Completed: '✔',
  Failed: '✖',
  InvalidImageName: '✖',
  CrashLoopBackOff: '✖',
  ImagePullBackOff: '⚠',
  RegistryUnavailable: '⚠',
  Unknown: '?',
};

function podIcon(status: string): Icon {
  const known = podIcons[status];
  if (known !== undefined) return known;
  if (status.startsWith('Init:')) return '◌';
  if (status.startsWith('Signal:') || status.startsWith('ExitCode:')) return '✖';
  return status.endsWith('Error') || status.startsWith('Err') ? '⚠' : '';
}
