/**
 * A condition that does not parse, does not type-check or fails while it runs. Thrown inside this room only:
 * the exported functions turn it into a message. Its text is what expr-lang 1.17.8 says for the same mistake.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

export function fail(message: string): never {
  throw new ExpressionError(message);
}
