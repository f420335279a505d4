import type { KubeObject } from '../api/kube.js';
import type { Selection } from '../cluster/cluster.js';
import { ControllerError } from '../lib/errors.js';
import { parseSelector, selectorMatches } from '../lib/label-selector.js';

/**
 * Whether a selection includes an object, as far as we can tell without the server: undefined where a field selector names
 * something else than name and namespace.
 *
 * @throws ControllerError `internal` when the label selector cannot be read: selections are written by us
 */
export function selectionMatcher(selection: Selection): (object: KubeObject) => boolean | undefined {
  const labels = parseSelector(selection.labelSelector ?? '');
  if (!labels.ok) throw new ControllerError('internal', labels.error, { selector: selection.labelSelector });
  const fields = fieldMatchers(selection.fieldSelector ?? '');
  return (object) => {
    if (selection.namespace !== undefined && object.metadata.namespace !== selection.namespace) return false;
    if (!selectorMatches(labels.value, object.metadata.labels)) return false;
    const answers = fields.map((matches) => matches(object));
    return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
  };
}

function fieldMatchers(selector: string): readonly ((object: KubeObject) => boolean | undefined)[] {
  return selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, field, operator, value] = /^([^=!]+)(==|!=|=)(.*)$/.exec(part) ?? [];
      return (object: KubeObject): boolean | undefined => {
        if (field !== 'metadata.name' && field !== 'metadata.namespace') return undefined;
        const actual = (field === 'metadata.name' ? object.metadata.name : object.metadata.namespace) ?? '';
        return (actual === value) === (operator !== '!=');
      };
    });
}

/** One text per distinct selection. */
export function selectionKey({ resource, namespace, labelSelector, fieldSelector }: Selection): string {
  return JSON.stringify([resource.group, resource.version, resource.resource, namespace ?? null, labelSelector ?? '', fieldSelector ?? '']);
}
