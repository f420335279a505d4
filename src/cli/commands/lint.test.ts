import { beforeAll, describe, expect, it } from '@jest/globals';
import { aCliStage, type CliStage } from '../../testing/cli.js';

const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "app:1", readinessProbe: {httpGet: {path: /, port: 80}}}]}
  strategy: {canary: {}}
`;

describe('lint', () => {
  let stage: CliStage;
  beforeAll(async () => {
    stage = await aCliStage();
  });

  it('is silent about what is well', async () => {
    expect(await stage.run('lint -f -', { input: rollout })).toEqual({ code: 0, out: '', err: '' });
  });

  it('prints all findings on stdout and the first error again on stderr', async () => {
    const input = rollout.replace('spec:\n', 'spec:\n  replica: 1\n  pausd: true\n');
    expect(await stage.run('lint -f -', { input })).toEqual({
      code: 1,
      out: `stdin:5: error: Rollout/web: spec.replica: unknown field (did you mean replicas?)
stdin:6: error: Rollout/web: spec.pausd: unknown field (did you mean paused?)
`,
      err: 'Error: stdin:5: spec.replica: unknown field (did you mean replicas?) (and 1 more)\n',
    });
    expect(JSON.parse((await stage.run('lint -f - -o json', { input })).out)).toEqual([
      expect.objectContaining({ source: 'stdin', line: 5, severity: 'error', object: 'Rollout/web', path: 'spec.replica' }),
      expect.objectContaining({ line: 6 }),
    ]);
  });

  it('fails for warnings only when told so', async () => {
    const input = rollout.replace('app:1', 'app');
    expect(await stage.run('lint -f -', { input })).toMatchObject({ code: 0, err: '' });
    expect(await stage.run('lint -f - --strict', { input })).toMatchObject({ code: 1 });
  });

  it('needs a file', async () => {
    expect((await stage.run('lint')).err).toMatch(/^Error: required flag "filename" not set\n\nUsage:/);
    expect((await stage.run('lint -f /nosuch')).err).toBe('Error: /nosuch: no such file or folder\n');
  });
});
