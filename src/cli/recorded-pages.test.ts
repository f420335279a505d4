import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aCliStage } from '../testing/cli.js';
import { putRecorded, type RecordedPage } from '../testing/recorded-page.js';

const pages = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures', 'recorded-pages.json'), 'utf8'),
) as readonly RecordedPage[];

/** The recordings hide ages, names of pods and the namespace, and were aligned before that; trailing blanks are of no matter. */
function comparable(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/-(pod\d\d|xxxxx)\b/, '-POD')
        .replace('Namespace:       default', 'Namespace:       NS')
        .replace(/ {2}\d+s\b/, '  <age>')
        .replace(/delay:\d+s/, 'delay:<age>')
        .replace(/(\S) {2,}/g, '$1  ')
        .trimEnd(),
    )
    .join('\n');
}

describe('what upstream’s plugin was seen to print', () => {
  it.each(pages.map((page) => ({ name: `${page.recording}: ${page.command}`, page })))('is printed for $name', async ({ page }) => {
    const stage = await aCliStage();
    await putRecorded(stage, page);
    await stage.scheduler.runFor(5000);
    const result = await stage.run(page.command);
    expect(comparable(`${result.out}${result.err}`.trimEnd())).toBe(comparable(page.out.join('\n').trimEnd()));
    expect(result.code).toBe(page.code);
  });
});
