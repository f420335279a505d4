import { invalid } from '../api/field-error.js';
import type { JsonObject } from '../api/kube.js';
import { routerKeys } from '../api/parse-strategy.js';
import type { TrafficRouting } from '../api/rollout-types.js';
import type { FieldError } from '../api/workload-types.js';
import { gatewayApiRouter } from './gateway-api/index.js';
import { istioRouter } from './istio/index.js';
import { nginxRouter } from './nginx/index.js';
import type { RouterDeps, RouterRegistry, RouterUse, TrafficRouter } from './router.js';
import { smiRouter } from './smi/index.js';

const path = 'spec.strategy.canary.trafficRouting';

type RouterKey = (typeof routerKeys)[number];
type BuiltIn = Partial<Record<RouterKey, TrafficRouter>>;

/** Keys of `trafficRouting.plugins` that name the router for the Gateway API: the plugin's own, and a short one of ours. */
const gatewayKeys = ['argoproj-labs/gatewayAPI', 'gatewayAPI'];

/** What users call the routers that are not built in yet. */
const laterRouters: Readonly<Partial<Record<RouterKey, string>>> = {
  alb: 'AWS ALB',
  ambassador: 'Ambassador',
  appMesh: 'AWS App Mesh',
  traefik: 'Traefik',
  apisix: 'Apache APISIX',
};

/** All routers. Nothing is opened or asked before one is used. */
export function trafficRouters(deps: RouterDeps): RouterRegistry {
  const builtIn: BuiltIn = { istio: istioRouter(deps), nginx: nginxRouter(deps), smi: smiRouter(deps) };
  const gatewayApi = gatewayApiRouter(deps);
  return {
    routers: [...Object.values(builtIn), gatewayApi],
    routersFor: (routing) => {
      const found = [...namedRouters(routing, builtIn), ...namedPlugins(routing, gatewayApi)];
      return { routers: found.flatMap(({ use }) => use ?? []), errors: found.flatMap(({ error }) => error ?? []) };
    },
  };
}

interface Found {
  readonly use?: RouterUse;
  readonly error?: FieldError;
}

/** In the order of `routerKeys`, which is upstream's; anything else was reported when the Rollout was parsed. */
function namedRouters(routing: TrafficRouting, builtIn: BuiltIn): readonly Found[] {
  return routerKeys.flatMap((key): readonly Found[] => {
    const section = routing.routers[key];
    if (section === undefined) return [];
    const router = builtIn[key];
    if (router !== undefined) return [{ use: useOf(router, section, `${path}.${key}`, routing) }];
    return [{ error: invalid(`${path}.${key}`, key, `the router for ${laterRouters[key] ?? key} comes in a later version of Sluice`) }];
  });
}

function namedPlugins({ plugins, ...routing }: TrafficRouting, gatewayApi: TrafficRouter): readonly Found[] {
  const names = Object.keys(plugins);
  return names.map((name): Found => {
    const at = `${path}.plugins.${name}`;
    if (!gatewayKeys.includes(name)) {
      return { error: invalid(at, name, `unknown traffic router plugin; built in is ${gatewayKeys.join(', for short ')}`) };
    }
    if (names.findIndex((other) => gatewayKeys.includes(other)) !== names.indexOf(name)) {
      return { error: invalid(at, name, `${gatewayKeys.join(' and ')} are one router: set one of them`) };
    }
    return { use: useOf(gatewayApi, plugins[name] ?? {}, at, routing) };
  });
}

function useOf(
  router: TrafficRouter,
  section: JsonObject,
  at: string,
  { managedRoutes }: Pick<TrafficRouting, 'managedRoutes'>,
): RouterUse {
  return { router, settings: { section, path: at, managedRoutes } };
}
