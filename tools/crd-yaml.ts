/** Words that YAML 1.1 or 1.2 reads as something other than text. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan)$/i;
const plain = /^\.?[A-Za-z_][A-Za-z0-9_./-]*$/;

/**
 * Writes JSON as YAML: objects and lists in block style, but on one line what fits there or holds nothing nested. A schema gets a line per field that
 * way, and the deeply nested CRDs less than half the size.
 *
 * @param value JSON without undefined
 */
export function renderYaml(value: unknown): string {
  return `${block(value, '').join('\n')}\n`;
}

function block(value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => listEntry(entry, indent));
  return Object.entries(value as object).flatMap(([key, entry]) => mapEntry(key, entry, indent)); // only called for what isNested
}

function mapEntry(key: string, value: unknown, indent: string): readonly string[] {
  if (!isNested(value)) return [`${indent}${scalar(key)}: ${inline(value)}`];
  return [`${indent}${scalar(key)}:`, ...block(value, Array.isArray(value) ? indent : `${indent}  `)];
}

function listEntry(value: unknown, indent: string): readonly string[] {
  if (!isNested(value)) return [`${indent}- ${inline(value)}`];
  const [first = '', ...rest] = block(value, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

const longestLine = 120;

/** Whether it has to be written over several lines. */
function isNested(value: unknown): boolean {
  return isContainer(value) && Object.values(value).some(isContainer) && inline(value).length > longestLine;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isContainer(value)) return scalar(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${scalar(key)}: ${inline(entry)}`)
    .join(', ')}}`;
}

function scalar(value: unknown): string {
  const isPlain = typeof value === 'string' && plain.test(value) && !reserved.test(value);
  return isPlain ? value : JSON.stringify(value);
}
