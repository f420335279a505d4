import { describe, expect, it } from '@jest/globals';
import { complaints } from './lint-text.js';

const complaintsAbout = (file: string, text: string): string[] => complaints('room-imports', file, text);

describe('room-imports', () => {
  it.each([
    {
      when: 'a room imports from a room its table opens',
      file: 'src/api/rollout.ts',
      text: "import { parseDuration } from '../lib/duration.js';",
    },
    {
      when: 'a room imports its own files',
      file: 'src/core/rollout/plan.ts',
      text: "import { podsForWeight } from '../replicas/pods.js';",
    },
    {
      when: 'a types door is used for types',
      file: 'src/traffic/router.ts',
      text: "import type { TrafficSplit } from '../core/traffic/types.js';",
    },
    { when: 'a types door is used by an inline type', file: 'src/observe/a.ts', text: "export type A = import('../core/a.js').A;" },
    {
      when: 'a lazy room is loaded by import()',
      file: 'src/cli/commands/demo.ts',
      text: "export const load = () => import('../../sim/index.js');",
    },
    {
      when: 'the types of a lazy room are imported',
      file: 'src/cli/commands/demo.ts',
      text: "import type { Scenario } from '../../sim/index.js';",
    },
    {
      when: 'cluster is reached through its index',
      file: 'src/runtime/informer.ts',
      text: "import { reflect } from '../cluster/index.js';",
    },
    { when: 'the port alone is imported', file: 'src/runtime/informer.ts', text: "import type { Cluster } from '../cluster/cluster.js';" },
    {
      when: 'kube imports the inside of cluster',
      file: 'src/cluster/kube/connect.ts',
      text: "import { transport } from '../transport.js';",
    },
    {
      when: 'kube imports client-node',
      file: 'src/cluster/kube/connect.ts',
      text: "import { KubeConfig } from '@kubernetes/client-node';",
    },
    { when: 'the cli connects', file: 'src/cli/connect.ts', text: "import { connect } from '../cluster/kube/index.js';" },
    {
      when: 'the controller knows the interface of routers',
      file: 'src/controller/rollout/apply.ts',
      text: "import type { TrafficRouter } from '../../traffic/router.js';",
    },
    { when: 'the registry gathers implementations', file: 'src/traffic/registry.ts', text: "import { nginx } from './nginx/index.js';" },
    {
      when: 'an implementation imports what the family shares',
      file: 'src/traffic/nginx/index.ts',
      text: "import type { TrafficRouter } from '../router.js';",
    },
    {
      when: 'an implementation imports a shared folder',
      file: 'src/metric-providers/web/index.ts',
      text: "import { get } from '../http/get.js';",
    },
    {
      when: 'a test imports testing',
      file: 'src/core/rollout/plan.test.ts',
      text: "import { aRollout } from '../../testing/builders.js';",
    },
    {
      when: 'a test runs a room below it',
      file: 'src/controller/rollout/reconcile.test.ts',
      text: "import { store } from '../../local-cluster/store.js';",
    },
    {
      when: 'main wires everything',
      file: 'src/main.ts',
      text: "import { routers } from './traffic/registry.js'; import { readConfig } from './config.js';",
    },
    { when: 'a story uses anything', file: 'e2e/stories/abort.ts', text: "import { connect } from '../../src/cluster/kube/index.js';" },
    { when: 'a package is free for all', file: 'src/api/parse.ts', text: "import { dequal } from 'dequal';" },
  ])('is content when $when', ({ file, text }) => {
    expect(complaintsAbout(file, text)).toEqual([]);
  });

  it.each([
    {
      when: 'a room imports one below it',
      file: 'src/lib/duration.ts',
      text: "import type { Rollout } from '../api/rollout.js';",
      says: 'lib may import nothing; not api.',
    },
    {
      when: 'a room re-exports from a closed room',
      file: 'src/observe/index.ts',
      text: "export { apply } from '../controller/apply.js';",
      says: 'observe may import core, runtime, cluster, api, lib; not controller.',
    },
    {
      when: 'core imports the logger',
      file: 'src/core/rollout/plan.ts',
      text: "import { log } from '../../telemetry/logger.js';",
      says: 'core may import api, lib; not telemetry.',
    },
    {
      when: 'a types door is used for a value',
      file: 'src/observe/observe-rollout.ts',
      text: "import { planRollout } from '../core/rollout/plan.js';",
      says: 'observe may only `import type` from core.',
    },
    {
      when: 'a lazy room is loaded at once',
      file: 'src/cli/commands/demo.ts',
      text: "import { runScenario } from '../../sim/index.js';",
      says: 'cli loads sim by import(), so that it costs nothing until used.',
    },
    {
      when: 'cluster is reached past its index',
      file: 'src/runtime/informer.ts',
      text: "import { transport } from '../cluster/transport.js';",
      says: 'runtime reaches cluster through index.ts, cluster.ts only.',
    },
    {
      when: 'the controller reaches past the interface',
      file: 'src/controller/rollout/apply.ts',
      text: "import type { Routers } from '../../traffic/registry.js';",
      says: 'controller reaches traffic through router.ts only.',
    },
    {
      when: 'the controller connects by itself',
      file: 'src/controller/rollout/apply.ts',
      text: "import { connect } from '../../cluster/kube/index.js';",
      says: 'controller may import observe, core, runtime, telemetry, cluster, api, lib, traffic, metric-providers; not cluster/kube.',
    },
    {
      when: 'cluster re-exports kube',
      file: 'src/cluster/index.ts',
      text: "export * from './kube/index.js';",
      says: 'cluster may import api, lib; not cluster/kube.',
    },
    {
      when: 'client-node is imported elsewhere',
      file: 'src/cluster/transport.ts',
      text: "import { KubeConfig } from '@kubernetes/client-node';",
      says: '@kubernetes/client-node stays inside cluster/kube; cluster gets what it needs handed in.',
    },
    {
      when: 'a file inside a package is imported elsewhere',
      file: 'src/runtime/queue.ts',
      text: "import pRetry from 'p-retry/index.js';",
      says: 'p-retry stays inside cluster, traffic, metric-providers; runtime gets what it needs handed in.',
    },
    {
      when: 'an implementation imports a sibling',
      file: 'src/traffic/nginx/index.ts',
      text: "import { render } from '../istio/render.js';",
      says: 'An implementation never imports a sibling: nginx must not know istio.',
    },
    {
      when: 'the interface imports an implementation',
      file: 'src/metric-providers/provider.ts',
      text: "import type { Query } from './prometheus/query.js';",
      says: 'Only metric-providers/registry.ts gathers implementations; this file must not know prometheus.',
    },
    {
      when: 'the product imports testing',
      file: 'src/sim/scenario.ts',
      text: "import { aRollout } from '../testing/builders.js';",
      says: 'src/testing/ is for tests only.',
    },
    {
      when: 'the product imports a story',
      file: 'src/sim/scenario.ts',
      text: "import { until } from '../../e2e/lib/until.js';",
      says: 'src/ never imports e2e/.',
    },
    {
      when: 'a folder is in no room',
      file: 'src/main.ts',
      text: "import { help } from './helpers/help.js';",
      says: 'src/helpers/help.ts is in no room: the rooms are listed in tools/lint/rooms.mjs.',
    },
  ])('complains when $when', ({ file, text, says }) => {
    expect(complaintsAbout(file, text)).toEqual([says]);
  });
});
