import type { FieldError } from './workload-types.js';

/**
 * Collects errors in the order in which a user should see them: only the first one is shown. What the parser found is taken over where the
 * rule for that field stands, so that the order is upstream's whoever found the error.
 */
export class Findings {
  private readonly found: FieldError[] = [];
  private open: readonly FieldError[];

  constructor(parseErrors: readonly FieldError[]) {
    this.open = parseErrors;
  }

  add(...errors: readonly FieldError[]): void {
    this.found.push(...errors);
  }

  /** Adds the error when the rule is broken and the parser has not refused the field already. */
  check(path: string, isBroken: boolean, error: () => FieldError): void {
    if (!this.claim(path) && isBroken) this.found.push(error());
  }

  /** Takes over what the parser found at this path or below. @returns whether there was anything */
  claim(path: string): boolean {
    const isHere = (error: FieldError): boolean =>
      error.path === path || error.path.startsWith(`${path}.`) || error.path.startsWith(`${path}[`);
    const here = this.open.filter(isHere);
    this.open = this.open.filter((error) => !isHere(error));
    this.found.push(...here);
    return here.length > 0;
  }

  /** Everything, what no rule asked for last. */
  all(): readonly FieldError[] {
    return [...this.found, ...this.open];
  }
}
