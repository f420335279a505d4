import { resources } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';

export interface Release {
  readonly version: string;
  /** Share of its answers that are errors, 0..1: what makes it good or bad. */
  readonly errorRate: number;
}

export const demoNamespace = 'default';
export const demoRollout = { resource: resources.rollouts, namespace: demoNamespace, name: 'shop' } as const;

/** Publishes a version as a team would by changing its manifest: one merge patch of image, annotation and label. */
export async function publish(cluster: Cluster, { version, errorRate }: Release): Promise<void> {
  await cluster.patch(demoRollout, {
    kind: 'json',
    body: [
      { op: 'replace', path: '/metadata/labels/version', value: version },
      { op: 'replace', path: '/spec/template/metadata/annotations/local.sluice.io~1serve-error-rate', value: String(errorRate) },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: `example.io/shop:${version}` },
    ],
  });
}
