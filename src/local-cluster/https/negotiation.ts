/** What form of an answer a client wants. */
export type Form = 'plain' | 'table' | 'metadata';

/**
 * The first acceptable form a client names that we have. Protobuf is never served: clients that ask for it also take JSON.
 * Tables are v1 or v1beta1, in the same shape.
 */
export function wantedForm(accept: string | undefined): Form {
  for (const option of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = option.split(';').map((part) => part.trim());
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
    if (as === undefined) return 'plain';
  }
  return 'plain';
}

/** Which version of aggregated discovery a client wants; undefined: the old lists. */
export function wantedDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const option of (accept ?? '').split(',')) {
    const parameters = option.split(';').map((part) => part.trim());
    if (!parameters.includes('as=APIGroupDiscoveryList') || !parameters.includes('g=apidiscovery.k8s.io')) continue;
    if (parameters.includes('v=v2')) return 'v2';
    if (parameters.includes('v=v2beta1')) return 'v2beta1';
  }
  return undefined;
}
