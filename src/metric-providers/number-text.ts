/** Shortest decimal without an exponent: 0.95, 100000000, 0.000001, NaN, +Inf, -Inf. Semantics: Go, strconv.FormatFloat(v, 'f', -1, 64). */
export function decimalText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (match === null) return String(value);
  const [, sign = '', first = '', rest = '', power = '0'] = match;
  return sign + placePoint(first + rest, Number(power) + 1);
}

function placePoint(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** `[a,b,c]` without spaces. */
export function listText(values: readonly number[], text: (value: number) => string = decimalText): string {
  return `[${values.map(text).join(',')}]`;
}

/** A number as Go's strconv.ParseFloat reads it where metrics backends write it: decimal, NaN, Inf. undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite === null ? undefined : infinite[1] === '-' ? -Infinity : Infinity;
}

/** Compact JSON as Go's json.Marshal writes it: object keys sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** Go's %v of a float64: 1.5, 1e+06, 1e-05, NaN, +Inf. Semantics: Go, strconv.FormatFloat(v, 'g', -1, 64). */
export function goFloatText(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e6)) return decimalText(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
