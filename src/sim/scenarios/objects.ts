import type { JsonObject, NewObject } from '../../api/kube.js';

/** The manifests scenarios are written with: small, valid, and as a user would write them. */
export function aRollout(
  name: string,
  spec: { readonly replicas?: number; readonly image?: string; readonly strategy: JsonObject; readonly more?: JsonObject },
): NewObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      replicas: spec.replicas ?? 4,
      selector: { matchLabels: { app: name } },
      template: podTemplate(name, spec.image ?? 'example.io/demo:v1'),
      strategy: spec.strategy,
      ...spec.more,
    },
  };
}

export function podTemplate(name: string, image: string): JsonObject {
  return {
    metadata: { labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'demo', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
}

export function aService(name: string, app: string): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
  };
}

export function anAnalysisTemplate(name: string, metric: JsonObject): NewObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name },
    spec: { metrics: [metric] },
  };
}

/** A Prometheus metric on the scripted server: query `errors`, bad above 5 %. */
export function errorRate(more: JsonObject = {}): JsonObject {
  return {
    name: 'error-rate',
    successCondition: 'result[0] <= 0.05',
    provider: { prometheus: { address: 'http://prometheus.example:9090', query: 'errors' } },
    ...more,
  };
}
