import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { ownerReference, putReplicaSet, putRollout } from '../../testing/cli-world.js';

describe('history', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
    const web = await putRollout(stage, { revision: 5, status: { abort: true, phase: 'Degraded', message: 'RolloutAborted: taken back' } });
    await putReplicaSet(stage, web, { hash: 'h2', revision: 2, image: 'example.io/web:1' });
    const failing = { 'rollout.argoproj.io/revision': '2' };
    await stage.put(resources.analysisRuns, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: { name: 'run', annotations: failing, ownerReferences: [ownerReference(web)] },
      spec: { metrics: [] },
      status: { phase: 'Failed', message: 'Metric "rate" assessed Failed' },
    });
    await stage.scheduler.runFor(3_600_000);
    await putReplicaSet(stage, web, {
      hash: 'old',
      revision: 4,
      image: 'example.io/web:3',
      annotations: { 'rollout.argoproj.io/revision-history': '1,3', 'kubernetes.io/change-cause': 'ticket 12' },
    });
    await putReplicaSet(stage, web, { hash: 'new', revision: 5, image: 'example.io/web:4' });
    await stage.scheduler.runFor(60_000);
  });

  it('tells how each revision ended and how to go back', async () => {
    expect((await stage.run('history web')).out).toBe(`REVISION      RESULT   AGE  BY  IMAGES            CAUSE
5             aborted  60s  -   example.io/web:4
4 (was 1, 3)  stable   60s  -   example.io/web:3  ticket 12
2             failed   61m  -   example.io/web:1

Revision 5 aborted: RolloutAborted: taken back

Revision 2 failed: Metric "rate" assessed Failed

To go back: kubectl sluice undo web --to-revision 4
`);
  });

  it('prints a revision, by an earlier number too', async () => {
    const { out } = await stage.run('history web --revision 3');
    expect(out).toContain('image: example.io/web:3\n');
    expect((await stage.run('history web --revision 9')).err).toBe(
      'Error: there is no revision 9 of rollout "web" any more (there is 5, 4, 2)\n',
    );
  });

  it('prints it as data', async () => {
    expect(JSON.parse((await stage.run('history web -o json')).out)).toMatchObject([
      { revision: 5, result: 'aborted', canUndo: false, createdAt: '2026-01-01T01:00:00Z' },
      { revision: 4, earlier: [1, 3], cause: 'ticket 12', images: ['example.io/web:3'] },
      { revision: 2, result: 'failed' },
    ]);
  });

  it('says that there is none yet', async () => {
    await putRollout(stage, { name: 'young' });
    expect(await stage.run('history young')).toEqual({ code: 0, out: '', err: 'rollout "young" has no revision yet\n' });
  });
});
