import { describe, expect, it } from '@jest/globals';
import { lintTexts } from './lint.js';
import { locate } from './finding.js';

const good = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.io/web:1
        readinessProbe: {httpGet: {path: /, port: 80}}
  strategy:
    canary:
      steps:
      - setWeight: 25
      - pause: {duration: 60}
      - setWeight: 50
      - pause: {duration: 60}
`;

const template = `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: rate}
spec:
  metrics:
  - name: rate
    interval: 1m
    count: 10
    successCondition: result[0] >= 0.95
    provider: {prometheus: {address: http://p, query: up}}
`;

/** `line severity text` of each finding. */
function lint(...texts: readonly string[]): readonly string[] {
  const findings = lintTexts(texts.map((text, i) => ({ source: `f${i}.yaml`, text })));
  return findings.map(({ source, line, severity, message }) => `${source === 'f0.yaml' ? '' : `${source}:`}${line} ${severity} ${message}`);
}

function changed(from: string, to: string): string {
  const text = good.replace(from, to);
  if (text === good) throw new Error(`"${from}" is not in the manifest`);
  return text;
}

describe('lintTexts', () => {
  it('says nothing about what is well', () => {
    expect(lint(good, template)).toEqual([]);
    expect(lint('kind: Kustomization\nresources: [a.yaml]\n', 'replicas: 3\n', '# nothing\n')).toEqual([]);
  });

  it.each([
    ['replicas: 4', 'replica: 4', ['6 error spec.replica: unknown field (did you mean replicas?)']],
    ['replicas: 4', 'replicas: four', ['6 error spec.replicas: Invalid value: "four": must be a whole number']],
    ['steps:', 'maxSrge: 1\n      steps:', ['17 error spec.strategy.canary.maxSrge: unknown field (did you mean maxSurge?)']],
    [
      'image: example.io',
      'imagePullPolcy: Always\n        image: example.io',
      ['13 warning spec.template.spec.containers[0].imagePullPolcy: unknown field (did you mean imagePullPolicy?)'],
    ],
    [
      'setWeight: 25',
      'setWeight: 250',
      ['18 error spec.strategy.steps[0].setWeight: Invalid value: 250: SetWeight needs to be between 0 and 100'],
    ],
    [
      'duration: 60',
      'duration: 5x',
      ['19 error spec.strategy.steps[1].pause.duration: Invalid value: -1: Duration needs to be greater than 0'],
    ],
    ['{matchLabels: {app: web}}', '{matchLabels: {app: wbe}}', [expect.stringMatching(/^\d+ error .*labels/)]],
  ])('finds %j made %j', (from, to, findings) => {
    expect(lint(changed(from, to))).toEqual(findings);
  });

  it.each([
    [
      'setWeight: 25',
      'setWeight: 10',
      ['18 warning spec.strategy.canary.steps[0].setWeight: with 4 replicas and no traffic router, weight 10 becomes 1 of 5 pods: 20 %'],
    ],
    ['replicas: 4', 'replicas: 1', [expect.stringContaining('weight 25 becomes 1 of 2 pods: 50 %')]],
    [
      '        readinessProbe: {httpGet: {path: /, port: 80}}\n',
      '',
      [expect.stringContaining('11 warning spec.template.spec.containers: no container has a readiness probe')],
    ],
    ['web:1', 'web', [expect.stringContaining('13 warning spec.template.spec.containers[0].image: "example.io/web" has no tag')]],
    ['web:1', 'web:latest', [expect.stringContaining('has a tag that moves')]],
    [
      'replicas: 4',
      'replicas: 4\n  revisionHistoryLimit: 0',
      [expect.stringContaining('7 warning spec.revisionHistoryLimit: with 0 no older revision is kept')],
    ],
    [
      'name: web',
      'name: web\n  labels: {gate: on}',
      ['5 warning on is read as true by kubectl (YAML 1.1): put it in quotes if the text is meant'],
    ],
  ])('warns of the trap in %j made %j', (from, to, findings) => {
    expect(lint(changed(from, to))).toEqual(findings);
  });

  it('leaves weights alone where an autoscaler or a router decides', () => {
    expect(lint(changed('  replicas: 4\n', '').replace('setWeight: 25', 'setWeight: 10'))).toEqual([]);
  });

  describe('analyses', () => {
    const background = (extra = ''): string =>
      changed('      steps:', `      analysis: {templates: [{templateName: rate}]${extra}}\n      steps:`);

    it('warns of a background analysis that cannot finish', () => {
      expect(lint(background(), template)).toEqual([
        '17 warning spec.strategy.canary.analysis: metric "rate" needs 9m for its measurements, but the pauses from step 0 on last 2m in all: it cannot finish',
      ]);
    });

    it('is content with one that can, or whose steps wait for a human', () => {
      expect(lint(background(), template.replace('count: 10', 'count: 3'))).toEqual([]);
      expect(lint(background().replace('pause: {duration: 60}', 'pause: {}'), template)).toEqual([]);
    });

    it('warns of one that never starts', () => {
      expect(lint(background(', startingStep: 4'), template)).toEqual([
        expect.stringContaining('spec.strategy.canary.analysis.startingStep: there are only 4 steps, so the analysis never starts'),
      ]);
    });

    it('judges inline analyses as the controller does', () => {
      const inline = changed('- pause: {duration: 60}', '- analysis: {templates: [{templateName: rate}]}');
      expect(lint(inline, template.replace('    count: 10\n', ''))).toEqual([
        expect.stringMatching(/^19 error .*metric 'rate' runs indefinitely/),
      ]);
      expect(lint(inline, template.replace('name: rate}', 'name: other}'))).toEqual([
        expect.stringMatching(/^19 warning .*AnalysisTemplate 'rate' is not among these files$/),
      ]);
      expect(lint(inline)).toEqual([]);
    });

    it.each([
      ['result[0] >= 0.95', 'result[0] >=', 'f0.yaml'],
      ['count: 10', 'count: 0x', 'f0.yaml'],
      ['interval: 1m', 'interval: often', 'f0.yaml'],
      ['provider: {prometheus: {address: http://p, query: up}}', 'provider: {}', 'f0.yaml'],
    ])('finds %j made %j in a template', (from, to) => {
      const findings = lint(template.replace(from, to));
      expect(findings[0]).toMatch(/^\d+ error spec\.metrics\[0\]/);
    });
  });

  describe('several files', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: wbe}, ports: [{port: 80}]}\n';

    it('relates Services to the Rollouts that name them', () => {
      const named = changed('      steps:', '      stableService: web\n      steps:');
      expect(lint(named, service)).toEqual([expect.stringMatching(/^17 error .*Service "web" has unmatch label "app" in rollout$/)]);
      expect(lint(named, service.replace('app: wbe', 'app: web'))).toEqual([]);
      expect(lint(named, service.replace('name: web', 'name: other'))).toEqual([
        '17 warning spec.strategy.canary.stableService: service "web" is not among these files',
      ]);
    });

    it('notices one object in two files, and an autoscaler beside fixed replicas', () => {
      const scaler =
        'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {scaleTargetRef: {kind: Rollout, name: web}}\n';
      expect(lint(good, scaler)).toEqual([expect.stringContaining('6 warning spec.replicas: an autoscaler sets it as well')]);
      expect(lint(good, good)).toEqual(['f1.yaml:4 warning metadata.name: the same object is also in f0.yaml:1']);
    });

    it('goes on after a file that cannot be read', () => {
      expect(lint('a: [1', 'kind: Rollout\napiVersion: argoproj.io/v1alpha1\n', changed('replicas: 4', 'replica: 4'))).toEqual([
        '2 error unexpected end of the stream within a flow collection',
        'f1.yaml:1 error apiVersion, kind or metadata.name is missing',
        'f2.yaml:6 error spec.replica: unknown field (did you mean replicas?)',
      ]);
    });

    it('looks into lists', () => {
      const list = `apiVersion: v1\nkind: List\nitems:\n- ${changed('replicas: 4', 'replica: 4').replaceAll('\n', '\n  ')}`;
      expect(lint(list)).toEqual(['9 error spec.replica: unknown field (did you mean replicas?)']);
    });
  });
});

describe('locate', () => {
  const object = { spec: { strategy: { canary: { steps: [{ setWeight: 1 }] } } } };
  it.each([
    ['spec.strategy.canary.steps[0].setWeight', ['spec', 'strategy', 'canary', 'steps', 0, 'setWeight']],
    ['spec.strategy.steps[0].setWeight', ['spec', 'strategy', 'canary', 'steps', 0, 'setWeight']],
    ['spec.nosuch.deep', ['spec', 'nosuch', 'deep']],
    ['', []],
  ])('takes %j for %j', (path, keys) => {
    expect(locate(object, path)).toEqual(keys);
  });
});
