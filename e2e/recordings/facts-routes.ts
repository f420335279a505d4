import type { Json, KubeObject } from '../../src/api/kube.js';
import { jsonAt, listAt, recordAt, stableJson, textAt } from '../lib/json-at.js';

type FactValue = Json | undefined;

/** One fact per route of an Istio VirtualService: `http[0] primary` to `app-stable=90 app-canary=10`, other fields behind it. */
export function virtualServiceFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  return Object.fromEntries(
    ['http', 'tcp', 'tls'].flatMap((protocol) =>
      listAt(object, 'spec', protocol).map((route, index) => {
        const name = textAt(route, 'name');
        return [`${protocol}[${index}]${name === undefined ? '' : ` ${name}`}`, routeText(route)] as const;
      }),
    ),
  );
}

function routeText(route: Json): string {
  const targets = listAt(route, 'route').map((target) => {
    const subset = textAt(target, 'destination', 'subset');
    const host = textAt(target, 'destination', 'host') ?? '';
    return `${host}${subset === undefined ? '' : `/${subset}`}=${textAt(target, 'weight') ?? '-'}`;
  });
  const { name: _name, route: _route, ...others } = recordAt(route);
  return [...targets, ...(Object.keys(others).length === 0 ? [] : [stableJson(others)])].join(' ');
}

/** One fact per subset of an Istio DestinationRule: its labels. */
export function destinationRuleFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  return Object.fromEntries(
    listAt(object, 'spec', 'subsets').map((subset) => [
      `subset ${textAt(subset, 'name') ?? ''}`,
      stableJson(jsonAt(subset, 'labels') ?? {}),
    ]),
  );
}

/** Class and rules of an Ingress; its annotations, where NGINX and ALB keep their weights, are metadata facts. */
export function ingressFacts(object: KubeObject): Readonly<Record<string, FactValue>> {
  const ingressClass = textAt(object, 'spec', 'ingressClassName') ?? object.metadata.annotations?.['kubernetes.io/ingress.class'];
  return { class: ingressClass, rules: listAt(object, 'spec', 'rules').map(ruleText) };
}

function ruleText(rule: Json): string {
  const paths = listAt(rule, 'http', 'paths').map((path) => {
    const port = textAt(path, 'backend', 'service', 'port', 'name') ?? textAt(path, 'backend', 'service', 'port', 'number') ?? '';
    return `${textAt(path, 'path') ?? ''}->${textAt(path, 'backend', 'service', 'name') ?? ''}:${port}`;
  });
  return [textAt(rule, 'host') ?? '', ...paths].join(' ');
}
