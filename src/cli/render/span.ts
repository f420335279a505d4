/** A span to the second, as Go writes it without the zeros: `45s`, `5m`, `1h0m30s`. kubectl's ages drop what a reader of a plan wants to know. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const parts = [h > 0 ? `${h}h` : '', h > 0 && s > 0 ? `${m}m` : m > 0 ? `${m}m` : '', s > 0 || seconds === 0 ? `${s}s` : ''];
  return parts.join('');
}
