import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aCliStage, type CliOptions, type CliResult, type CliStage } from '../../testing/cli.js';

const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  replicas: 10
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "example.io/web:1"}]}
  strategy:
    canary:
      maxUnavailable: 0
      maxSurge: 3
      analysis: {templates: [{templateName: rate}], startingStep: 1}
      steps: [{setWeight: 20}, {pause: {duration: 5m}}, {setWeight: 50}, {pause: {}}]
`;
const template = `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: rate}
spec:
  metrics:
  - {name: success, interval: 1m, failureLimit: 1, successCondition: "result[0] >= 0.95", provider: {prometheus: {address: "http://p", query: up}}}
`;

describe('simulate', () => {
  let folder: string;
  let stage: CliStage;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-simulate-'));
    stage = await aCliStage();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The command loads the simulation and runs it on a clock of its own, which the stage's clock cannot wait for. */
  async function run(line: string, input: string, options: CliOptions = {}): Promise<CliResult> {
    const running = stage.start(`simulate -f - ${line}`, { input, ...options });
    while (running.code() === undefined) await running.advance(1);
    return { code: running.code() ?? -1, out: running.out(), err: running.err() };
  }

  const golden = (rule: string, wide: string): string => `Simulated update of web: a canary of 4 steps, 10 replicas

TIME   STEP                      PHASE        WEIGHT  OLD  NEW  ANALYSES
0s     1/4 weight 20             Progressing  0       10   0
10s    2/4 pause 5m              Paused       20      8    2    2 Running
5m10s  3/4 weight 50             Progressing  20      8    2    2 Running
5m20s  4/4 pause until promoted  Paused       50      5    5    2 Running
5m20s  all done                  Progressing  50      5    5    2 Running
5m40s  all done                  Healthy      100     0    10   2 Successful

${rule}

✔ promoted after 5m40s
${wide}
A person has to promote once: at 5m20s (CanaryPauseStep)
Measurements: success 6
`;

  it('tells the way of an update, its capacity, and where a person is needed, in 80 columns', async () => {
    const { code, out, err } = await run('', `${rollout}---\n${template}`, { columns: 80 });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const picture = [`New       ··${'▂'.repeat(63)}▄▄▇▇█`, `Capacity  ${'█'.repeat(70)}`, `          0s${'5m40s'.padStart(68)}`].join('\n');
    const capacity = 'Capacity: at least 10 of 10 pods available (at 0s), at most 13 pods in all (at\n5m10s)';
    expect(out).toBe(golden(picture, capacity));
  });

  it('uses the room of 160 columns', async () => {
    const { out } = await run('', `${rollout}---\n${template}`, { columns: 160 });
    expect(out).toContain('Capacity: at least 10 of 10 pods available (at 0s), at most 13 pods in all (at 5m10s)\n');
    expect(out).toContain(`Capacity  ${'█'.repeat(80)}\n`);
  });

  it('shows that metrics that turn bad take the update back', async () => {
    const { code, out } = await run('--fail-at 2', `${rollout}---\n${template}`);
    expect(code).toBe(0);
    expect(out).toContain('✖ aborted and taken back after 1m');
    expect(out.replace(/\s+/g, ' ')).toContain('Metric "success" assessed Failed due to failed (2) > failureLimit (1)');
  });

  it('shows that nobody would notice', async () => {
    const { code, err } = await run('--fail-at 2', rollout.replace(/ {6}analysis: .*\n/, ''));
    expect(code).toBe(1);
    expect(err).toBe(
      'Error: metrics that are bad from step 2 on do not abort the update of "web": nothing measures then, or nothing looks\n',
    );
  });

  it('judges numbers by the conditions of the metric', async () => {
    const file = path.join(folder, 'answers.yaml');
    writeFileSync(file, 'success: [0.99, 0.9, 0.9]\n');
    const { code, err } = await run(`--metrics ${file}`, `${rollout}---\n${template}`);
    expect(code).toBe(1);
    expect(err).toContain('Metric "success" assessed Failed due to failed (2) > failureLimit (1)');
  });

  it.each([
    ['success: maybe', 'answers.yaml:1: success: an answer is a number or one of good, bad, inconclusive, error, none'],
    ['sucess: good', 'no template has a metric "sucess" (there is success)'],
    ['success: [good, 1]', 'metric "success": numbers and verdicts cannot be mixed'],
    ['- good', 'it must map names of metrics to answers'],
  ])('refuses the answers %j', async (answers, message) => {
    const file = path.join(folder, 'answers.yaml');
    writeFileSync(file, answers);
    const { code, err } = await run(`--metrics ${file}`, `${rollout}---\n${template}`);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it.each([
    [rollout, 'AnalysisTemplate "rate" is not among these files'],
    [template, 'there is no Rollout in these files'],
    [
      `${rollout}---\n${rollout.replace('name: web', 'name: api')}---\n${template}`,
      'there are several Rollouts in these files: name one of web, api',
    ],
    ['a: [1', 'stdin:2: unexpected end of the stream within a flow collection'],
  ])('says what it lacks', async (input, message) => {
    expect((await run('', input)).err).toBe(`Error: ${message}\n`);
  });

  it('says what the API server would refuse, and why the controller would not act', async () => {
    const refused = await run('', `${rollout.replace('{setWeight: 20}', '{setWeight: 200}')}---\n${template}`);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('SetWeight needs to be between 0 and 100');
    const inline = rollout.replace('{setWeight: 50}', '{analysis: {templates: [{templateName: rate}]}}');
    const ignored = await run('', `${inline}---\n${template}`);
    expect(ignored.code).toBe(1);
    expect(ignored.out).toMatch(/✖ not acted on: The Rollout "web" is invalid:[^]*runs\s+indefinitely/);
  });

  it('prints data and a picture', async () => {
    const input = `${rollout.replace('5m', '10s')}---\n${template}`;
    expect(JSON.parse((await run('-o json --replicas 4', input)).out)).toMatchObject({
      rollout: 'web',
      replicas: 4,
      end: { kind: 'promoted' },
      promotions: [{ reason: 'CanaryPauseStep' }],
      violations: [],
    });
    const svg = (await run('-o svg', input)).out;
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 900 320"[^]*<\/svg>\n$/);
    expect(svg.match(/<(\w+)[^>]*[^/]>/g)?.length).toBe(svg.match(/<\/\w+>/g)?.length);
    expect(svg).toContain('Simulated update of web: promoted after');
  });
});
