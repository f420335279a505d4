const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a, 32 bit, of bytes; `start` continues an earlier hash. @returns 0..2^32-1 */
export function fnv1a32(bytes: Uint8Array, start = offsetBasis): number {
  let hash = start >>> 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime) >>> 0;
  return hash;
}

/** Vowels and look-alikes left out, so that no hash spells a word: Kubernetes' rand.SafeEncodeString over the decimal digits. */
const safeDigits = '456789bcdf';

/** The decimal digits of a hash in Kubernetes' safe alphabet. */
export function hashText(hash: number): string {
  return [...String(hash)].map((digit) => safeDigits[Number(digit)] ?? '').join('');
}
