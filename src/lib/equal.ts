import { dequal } from 'dequal/lite';

/** Deep equality of plain JSON values. A key with the value undefined differs from an absent key. */
export function isEqual(left: unknown, right: unknown): boolean {
  return left === right || dequal(left, right);
}
