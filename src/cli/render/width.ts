// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const colourCode = /\u001b\[[0-9;]*m/g;
const combining = /\p{Mark}/u;

/** Columns a text takes in a terminal; colour codes take none. All our signs are one column wide. */
export function stringWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(colourCode, '')) if (!combining.test(char)) width += isWide(char) ? 2 : 1;
  return width;
}

/** East Asian wide blocks and emoji: enough for names and messages people write. */
function isWide(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  );
}
