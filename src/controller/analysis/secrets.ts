import type { Argument } from '../../api/analysis-types.js';
import { resources } from '../../api/kube.js';
import type { Cluster } from '../../cluster/cluster.js';
import { hasCode } from '../../lib/errors.js';

/** A secret that is not there (yet), or lacks the key. Its message is upstream's. */
class MissingSecret extends Error {
  override readonly name = 'MissingSecret';
}

/** Data of a Secret as text, by GET (never list); undefined when there is none. */
export async function readSecret(
  cluster: Cluster,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const secret = await cluster.get({ resource: resources.secrets, namespace, name }, { signal });
    const data = secret['data'];
    if (typeof data !== 'object' || data === null) return {};
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)]));
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

function decode(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

/**
 * Values of the secrets a run's arguments name, by argument.
 * @throws MissingSecret, or the ControllerError of the read
 */
export async function readArgumentSecrets(
  cluster: Cluster,
  namespace: string,
  args: readonly Argument[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const refs = args.flatMap(({ name, secretKeyRef }) => (secretKeyRef === undefined ? [] : [{ arg: name, ...secretKeyRef }]));
  const names = [...new Set(refs.map(({ name }) => name))];
  const secrets = new Map(
    await Promise.all(names.map(async (name) => [name, await readSecret(cluster, namespace, name, signal)] as const)),
  );
  return new Map(refs.map(({ arg, name, key }) => [arg, valueIn(secrets.get(name), name, key)]));
}

function valueIn(data: Readonly<Record<string, string>> | undefined, name: string, key: string): string {
  if (data === undefined) throw new MissingSecret(`secrets "${name}" not found`);
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value === undefined) throw new MissingSecret(`key '${key}' does not exist in secret '${name}'`);
  return value;
}
