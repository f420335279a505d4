import type { KubeObject } from '../../api/kube.js';
import { fieldOf, objectsOf } from '../../lib/json.js';
import { textOf } from '../texts.js';
import type { Fields } from './refs.js';

/** Whether the gateways of a route have taken over what it says. */
export type Acceptance =
  { readonly verified: true } | { readonly verified: false; readonly waitingFor: string } | { readonly verified: undefined };

const conditions = ['Accepted', 'ResolvedRefs'] as const;

/**
 * What `status.parents` says of the present generation. Every gateway of `spec.parentRefs` that has reported must accept the route and resolve its
 * backends; one that has never reported cannot tell.
 */
export function acceptanceOf(route: KubeObject): Acceptance {
  const wanted = objectsOf(fieldOf(route.spec, 'parentRefs'));
  const reports = objectsOf(fieldOf(route.status, 'parents')).filter(({ parentRef }) =>
    wanted.some((ref) => isSameParent(ref, parentRef, route.metadata.namespace)),
  );
  for (const report of reports) {
    const waitingFor = problemIn(report, route);
    if (waitingFor !== undefined) return { verified: false, waitingFor };
  }
  return reports.length === 0 ? { verified: undefined } : { verified: true };
}

function isSameParent(ref: Fields, reported: unknown, namespace: string | undefined): boolean {
  const isSame = (field: string, absent?: string): boolean => (ref[field] ?? absent) === (fieldOf(reported, field) ?? absent);
  return isSame('name') && isSame('namespace', namespace) && isSame('kind', 'Gateway') && isSame('sectionName') && isSame('port');
}

function problemIn(report: Fields, { kind, metadata }: KubeObject): string | undefined {
  const gateway = textOf(fieldOf(report['parentRef'], 'name'));
  for (const type of conditions) {
    const condition = objectsOf(report['conditions']).find((each) => each['type'] === type);
    const seen = condition?.['observedGeneration'];
    if (condition === undefined || (typeof seen === 'number' && seen < (metadata.generation ?? 0))) {
      return `gateway "${gateway}" has not taken up ${kind} "${metadata.name}" yet`;
    }
    if (condition['status'] !== 'True') {
      const why = [textOf(condition['reason']), textOf(condition['message'])].filter((text) => text !== '').join(': ');
      return `gateway "${gateway}" refuses ${kind} "${metadata.name}": ${why}`;
    }
  }
  return undefined;
}

/** All routes together: one that is not verified counts, then one that is. */
export function acceptanceOfAll(routes: readonly KubeObject[]): Acceptance {
  const all = routes.map(acceptanceOf);
  return all.find(({ verified }) => verified === false) ?? all.find(({ verified }) => verified === true) ?? { verified: undefined };
}
