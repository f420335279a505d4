import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resources } from '../../src/api/kube.js';
import { sleep } from '../../src/lib/scheduler.js';
import { renderWholeSeconds } from '../../src/lib/time.js';
import type { OwnPlane } from '../control-plane/plane.js';
import { aRollout } from '../fixture/objects.js';
import { controllerServiceAccount } from '../fixture/real-controller.js';
import type { ControllerProcess } from '../fixture/stage.js';
import type { Story } from '../fixture/story.js';
import { story } from '../fixture/story.js';
import type { World } from '../fixture/world.js';
import type { AuditedRequest } from '../lib/audit-log.js';
import { numberAt } from '../lib/json-at.js';
import { parseAuditLog, writesOf } from '../lib/audit-log.js';

const onProcesses = { on: ['real'], needs: ['alone', 'faults'], limitSeconds: 300 } as const;
const good = 'example.io/demo:v2';
const longSeconds = 90;

function ownPlane(world: World): OwnPlane {
  if (world.stage.own === undefined) throw new Error('the plane is not ours to break');
  return world.stage.own;
}

function controllerProcess(world: World): ControllerProcess {
  const { process } = world.stage.controller;
  if (process === undefined) throw new Error('the controller is no process');
  return process;
}

/** A new version at the first of two pauses. */
async function waitingCanary(world: World): Promise<void> {
  await world.apply(aRollout({ steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 75 }, { pause: {} }] }));
  await world.untilPromoted('app', longSeconds);
  await world.setImage('app', good);
  await world.untilPausedAt('app', 1);
}

async function controllerWrites(world: World): Promise<readonly AuditedRequest[]> {
  const requests = parseAuditLog(await readFile(ownPlane(world).auditLogPath, 'utf8'));
  return writesOf(requests).filter(({ user, namespace }) => user === controllerServiceAccount && namespace === world.namespace);
}

/** What breaks around a controller, on processes that really die. */
export const stories: readonly Story[] = [
  story('the API server is killed in the middle of a step and comes back', onProcesses, async ({ given, when, then, world }) => {
    await given('a new version at its pause', () => waitingCanary(world));
    await when('a person promotes and the API server is killed at once', async () => {
      await world.plugin('promote', 'app');
      await ownPlane(world).killApiServer();
    });
    await when('it comes back after five seconds', async () => {
      await world.pass(5);
      await ownPlane(world).startApiServer();
    });
    await then('the rollout goes on to its next pause', () => world.untilPausedAt('app', 3, longSeconds));
    await when('a person promotes again', () => world.plugin('promote', 'app'));
    await then('the new version is the stable one', () => world.untilPromoted('app', longSeconds));
  }),

  story(
    'all that the controller watched is compacted away while the API server restarts',
    onProcesses,
    async ({ given, when, then, world }) => {
      await given('a new version at its pause', () => waitingCanary(world));
      await when('the API server is killed, etcd compacted, and the API server comes back', async () => {
        await ownPlane(world).killApiServer();
        await ownPlane(world).compactEtcd();
        await ownPlane(world).startApiServer();
      });
      await when('a person promotes', () => world.plugin('promote', 'app'));
      await then('the rollout goes on to its next pause', () => world.untilPausedAt('app', 3, longSeconds));
    },
  ),

  story('an API server that hangs is not taken for one that is gone', onProcesses, async ({ given, when, then, world }) => {
    await given('a new version at its pause', () => waitingCanary(world));
    await when('the API server hangs for eight seconds', async () => {
      ownPlane(world).pauseApiServer();
      await world.pass(8);
      ownPlane(world).resumeApiServer();
    });
    await when('a person promotes', () => world.plugin('promote', 'app'));
    await then('the rollout goes on to its next pause', () => world.untilPausedAt('app', 3, longSeconds));
  }),

  story(
    'a controller that slept past its lease does not write against its successor',
    onProcesses,
    async ({ given, when, then, and, world }) => {
      await given('a new version at its pause', () => waitingCanary(world));
      const second = await given('a second replica that waits for the lease', () => controllerProcess(world).another());
      try {
        await when('the leader sleeps and a person promotes', async () => {
          controllerProcess(world).pause();
          await world.plugin('promote', 'app');
        });
        await then('the second replica takes over and goes on', () => world.untilPausedAt('app', 3, longSeconds));
        const before = await when('the first one wakes up', async () => {
          const writes = await controllerWrites(world);
          controllerProcess(world).resume();
          await world.pass(10);
          return writes.length;
        });
        await and('nothing was written by anybody, or it was refused', async () => {
          assert.deepEqual(await acceptedSince(world, before), []);
        });
        await when('a person promotes again', () => world.plugin('promote', 'app'));
        await then('the new version is the stable one', () => world.untilPromoted('app', longSeconds));
      } finally {
        controllerProcess(world).resume();
        await second.stop();
      }
    },
  ),

  story(
    'somebody steals the lease: the controller is silent until it is free, then goes on',
    onProcesses,
    async ({ given, when, then, and, world }) => {
      await given('a new version at its pause', () => waitingCanary(world));
      const thief = await when('somebody else takes the lease and keeps it', () => stealLease(world));
      try {
        const before = await when('the controller has had time to see it, and a person promotes', async () => {
          await world.pass(5);
          const writes = await controllerWrites(world);
          await world.plugin('promote', 'app');
          await world.pass(8);
          return writes.length;
        });
        await and('the controller wrote nothing, or was refused', async () => assert.deepEqual(await acceptedSince(world, before), []));
        await and('the rollout has not moved', async () => {
          assert.equal(numberAt(await world.get('Rollout', 'app'), 'status', 'currentStepIndex') ?? 0, 1);
        });
      } finally {
        await thief.stop();
      }
      await then('the lease runs out, the controller takes it and the rollout goes on', () => world.untilPausedAt('app', 3, longSeconds));
      await when('a person promotes again', () => world.plugin('promote', 'app'));
      await then('the new version is the stable one', () => world.untilPromoted('app', longSeconds));
    },
  ),

  story(
    'whatever the controller changes holds only for the version it has looked at',
    onProcesses,
    async ({ given, when, then, and, world }) => {
      await given('a new version at its pause', () => waitingCanary(world));
      await when('it is aborted, tried again and promoted', async () => {
        await world.plugin('abort', 'app');
        await world.untilPhase('app', 'Degraded');
        await world.plugin('retry', 'rollout', 'app');
        await world.untilPausedAt('app', 1, longSeconds);
        await world.plugin('promote', 'app', '--full');
      });
      await then('the new version is the stable one', () => world.untilPromoted('app', longSeconds));
      await and('every patch of Rollouts and ReplicaSets named a version', async () => {
        const changes = (await controllerWrites(world)).filter(
          ({ verb, resource }) => verb !== 'create' && (resource === 'rollouts' || resource === 'replicasets'),
        );
        world.note(`${changes.length} changes`);
        assert.ok(changes.length > 10);
        const unbound = changes.filter(({ namesVersion }) => !namesVersion);
        assert.deepEqual(
          unbound.map(({ verb, resource, subresource, name }) => [verb, resource, subresource ?? '', name ?? ''].join(' ')),
          [],
        );
      });
    },
  ),

  story('of two replicas the leader dies, and the other one goes on', onProcesses, async ({ given, when, then, and, world }) => {
    const uids = async (): Promise<readonly string[]> => (await world.list('ReplicaSet')).map(({ metadata }) => metadata.uid).sort();
    await given('a new version at its pause', () => waitingCanary(world));
    const made = await uids();
    const second = await given('a second replica that waits for the lease', () => controllerProcess(world).another());
    try {
      await when('the leader is killed and a person promotes', async () => {
        await world.stage.controller.kill();
        await world.plugin('promote', 'app');
      });
      await then('the second replica takes over and goes on', () => world.untilPausedAt('app', 3, longSeconds));
      await and('nothing was made anew', async () => assert.deepEqual(await uids(), made));
      await when('the first one comes back, and the second one is told to end', async () => {
        await world.stage.controller.start();
        await second.stop();
        await world.plugin('promote', 'app');
      });
      await then('the new version is the stable one', () => world.untilPromoted('app', longSeconds));
    } finally {
      await second.stop();
    }
  }),
];

/** Writes of any replica that were not refused, after the first `before` ones; Events change nothing. Notes how many were refused. */
async function acceptedSince(world: World, before: number): Promise<readonly string[]> {
  const sent = (await controllerWrites(world)).slice(before).filter(({ resource }) => resource !== 'events');
  const late = sent.filter(({ status }) => status < 400);
  world.note(`the deposed leader sent ${sent.length} writes, ${sent.filter(({ status }) => status === 409).length} refused by 409`);
  return late.map(({ verb, resource, name }) => `${verb} ${resource} ${name ?? ''}`);
}

/** Holds the lease in somebody else's name until it is stopped. */
async function stealLease(world: World): Promise<{ readonly stop: () => Promise<void> }> {
  const { cluster, scheduler } = world.stage;
  const ref = { resource: resources.leases, namespace: 'sluice', name: 'argo-rollouts-controller-lock' };
  const hold = async (): Promise<void> => {
    const renewTime = `${renderWholeSeconds(scheduler.now()).slice(0, -1)}.000000Z`;
    await cluster.patch(ref, { kind: 'merge', body: { spec: { holderIdentity: 'thief', renewTime } } });
  };
  await hold();
  let isOver = false;
  const holding = (async () => {
    while (!isOver) {
      await sleep(scheduler, 1_000);
      if (!isOver) await hold();
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await holding;
    },
  };
}
