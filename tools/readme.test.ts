import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { faultsOf, type Expectations } from '../e2e/recordings/expectations.js';
import { parseAnalysisTemplate, validateAnalysisTemplate } from '../src/api/index.js';
import type { KubeObject } from '../src/api/kube.js';
import { compileCondition } from '../src/core/expression/index.js';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const readme = read('README.md');
const documents = ['README.md', ...readdirSync(path.join(root, 'docs')).map((file) => `docs/${file}`)].filter((file) =>
  file.endsWith('.md'),
);

/** What a text says after `## Differences`, up to the next heading of that level. */
const differences = readme.split(/^## /m).find((section) => section.startsWith('Differences')) ?? '';

/** The last cell of each row of the table: `file` "name of the test", or `recordings` "name of the scenario". */
const shown = [...differences.matchAll(/\| `([^`]+)` "([^"]+)" \|$/gm)].map(([, file = '', name = '']) => ({ file, name }));

// Written by us and checked by the tests beside it.
const expectations = JSON.parse(read('e2e/recordings/expectations.json')) as Expectations;

describe('the table of differences', () => {
  it('has a test in every row', () => {
    const rows = differences.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Argo Rollouts'));
    expect(rows.length).toBeGreaterThan(50);
    expect(shown).toHaveLength(rows.length);
  });

  it.each(shown.filter(({ file }) => file === 'recordings'))('is true to the recording $name', ({ name }) => {
    expect(expectations.scenarios[name]?.status).toBe('differs');
  });

  it.each(shown.filter(({ file }) => file !== 'recordings'))('is true to $file: "$name"', ({ file, name }) => {
    const tests = read(path.join('src', `${file}.test.ts`));
    // Quotes inside a name are escaped in the source.
    expect(tests.replaceAll("\\'", "'")).toContain(name);
  });

  it('gives a reason for every known difference from the recordings', () => {
    expect(faultsOf(expectations, Object.keys(expectations.scenarios), readme)).toEqual([]);
  });
});

describe('what docs/analysis.md shows', () => {
  const text = read('docs/analysis.md');

  it('is a template that is accepted', () => {
    const [block = ''] = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
      .map(([, yaml = '']) => yaml)
      .filter((yaml) => yaml.startsWith('apiVersion'));
    // Checked by what follows.
    const { template, errors } = parseAnalysisTemplate(load(block) as KubeObject);
    const compile = (condition: string): string | undefined => {
      const compiled = compileCondition(condition);
      return compiled.kind === 'error' ? compiled.message : undefined;
    };
    expect(validateAnalysisTemplate(template, errors, compile)).toEqual([]);
    expect(template.spec.metrics).toHaveLength(1);
  });

  it('is conditions that compile', () => {
    const section = text.split(/^## /m).find((each) => each.startsWith('Conditions')) ?? '';
    const table = section.split('\n').filter((line) => line.startsWith('| '));
    const conditions = table.flatMap((line) =>
      [...line.replaceAll('\\|', '|').matchAll(/`([^`]*result[^`]*)`/g)].map(([, condition = '']) => condition),
    );
    expect(conditions.length).toBeGreaterThan(5);
    expect(conditions.map((condition) => compileCondition(condition)).filter(({ kind }) => kind === 'error')).toEqual([]);
  });
});

describe('the documents', () => {
  it.each(documents)('%s links to files that are there', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    const missing = links.filter((target) => !/^https?:/.test(target) && !existsSync(path.join(root, path.dirname(document), target)));
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s names make targets and npm scripts that are there', (document) => {
    const targets = [...read('Makefile').matchAll(/^([a-z0-9-]+):.*##/gm)].map(([, target]) => target);
    const named = [...read(document).matchAll(/(?:`|^)make ((?:[a-z0-9-]+ ?)+)/gm)].flatMap(([, words = '']) => words.trim().split(' '));
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });
});
