import type { Resource } from '../../api/kube.js';

export type GroupVersion = Pick<Resource, 'group' | 'version'>;

/** What a path names. */
export type Route =
  | { readonly kind: 'health' | 'version' | 'coreVersions' | 'groups' | 'openApiIndex' | 'unknown' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'groupVersion' | 'openApi'; readonly at: GroupVersion }
  | {
      readonly kind: 'resource';
      readonly at: GroupVersion;
      readonly resource: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly subresource?: string;
    };

/** Reads a path, without its query. Which kinds there are is not its business. */
export function parseRoute(pathname: string): Route {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const [first, second, third, ...rest] = parts;
  switch (first) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return { kind: 'health' };
    case 'version':
      return { kind: 'version' };
    case 'openapi':
      return openApiRoute(parts.slice(1));
    case 'api':
      if (second === undefined) return { kind: 'coreVersions' };
      return resourceRoute({ group: '', version: second }, parts.slice(2));
    case 'apis':
      if (second === undefined) return { kind: 'groups' };
      if (third === undefined) return { kind: 'group', group: second };
      return resourceRoute({ group: second, version: third }, rest);
    default:
      return { kind: 'unknown' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function openApiRoute(parts: readonly string[]): Route {
  const [version, root, first, second] = parts;
  if (version !== 'v3') return { kind: 'unknown' };
  if (root === undefined) return { kind: 'openApiIndex' };
  if (root === 'api' && first !== undefined) return { kind: 'openApi', at: { group: '', version: first } };
  return root === 'apis' && first !== undefined && second !== undefined
    ? { kind: 'openApi', at: { group: first, version: second } }
    : { kind: 'unknown' };
}

/** `namespaces/x` and its own subresources are about the Namespace, anything longer is about what is in it. */
function resourceRoute(at: GroupVersion, parts: readonly string[]): Route {
  const [first, second, third, ...rest] = parts;
  if (first === undefined) return { kind: 'groupVersion', at };
  const isInside =
    first === 'namespaces' && second !== undefined && third !== undefined && !(at.group === '' && ['status', 'finalize'].includes(third));
  if (isInside) return objectRoute(at, third, rest, second);
  return objectRoute(at, first, parts.slice(1), undefined);
}

function objectRoute(at: GroupVersion, resource: string, parts: readonly string[], namespace: string | undefined): Route {
  const [name, subresource, ...tooMuch] = parts;
  if (tooMuch.length > 0) return { kind: 'unknown' };
  return {
    ...{ kind: 'resource', at, resource },
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
