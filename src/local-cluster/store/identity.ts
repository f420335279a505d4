/** A uid in the shape of UUID version 4, from the seeded source of chance. */
export function newUid(random: () => number): string {
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = '89ab'[Math.floor(random() * 4)] ?? '8';
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/** Kubernetes' alphabet for generated names: no vowels, nothing that looks like something else. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `base` (cut to 58 characters) and five random characters. */
export function generatedName(base: string, random: () => number): string {
  const suffix = Array.from({ length: 5 }, () => nameAlphabet[Math.floor(random() * nameAlphabet.length)]).join('');
  return `${base.slice(0, 58)}${suffix}`;
}
