import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linesOf } from './lines.js';

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((left, right) => left - right);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe('linesOf', () => {
  it('gives the same lines wherever the chunks are cut, inside characters too', async () => {
    const words = fc.array(
      fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', ' ')),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(words, fc.array(fc.nat(), { maxLength: 20 }), async (expected, cuts) => {
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(''), 'utf8');
        // A lone surrogate has no UTF-8 form; compare what survives encoding.
        const encodable = expected.map((line) => Buffer.from(line, 'utf8').toString('utf8'));
        expect(await collect(linesOf(chunksOf(bytes, cuts), 1_000_000))).toEqual(encodable);
      }),
    );
  });

  it('drops an unfinished last line', async () => {
    expect(await collect(linesOf(chunksOf(Buffer.from('a\nb'), []), 100))).toEqual(['a']);
  });

  it('refuses a line without end', async () => {
    const endless = chunksOf(Buffer.alloc(1_000, 'x'), [100, 200, 300]);
    await expect(collect(linesOf(endless, 250))).rejects.toMatchObject({ code: 'unavailable', fields: { limitBytes: 250 } });
  });
});
