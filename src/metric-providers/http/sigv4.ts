import { createHash, createHmac } from 'node:crypto';
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import type { EpochMs } from '../../lib/scheduler.js';

export interface SigV4Settings {
  readonly region: string;
  /** Of the shared configuration files; '' for the default chain. */
  readonly profile: string;
}

export interface SignableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Signs requests to AWS; the SDK's parts are loaded with the first one. */
export interface SigV4Signer {
  /** @returns the headers with the signature. @throws ControllerError `provider-unavailable` when there are no credentials */
  sign(request: SignableRequest, settings: SigV4Settings, now: EpochMs): Promise<Readonly<Record<string, string>>>;
}

/** Hands out AWS credentials, fresh ones when they expire. */
export type AwsCredentials = ReturnType<typeof defaultProvider>;

/** @param credentials for tests; else AWS' default chain for each profile, kept for the life of the process */
export function sigV4Signer(service: string, credentials?: AwsCredentials): SigV4Signer {
  const known = new Map<string, Promise<AwsCredentials>>();
  const credentialsOf = (profile: string): Promise<AwsCredentials> => {
    const provider = known.get(profile) ?? (credentials === undefined ? defaultChain(profile) : Promise.resolve(credentials));
    known.set(profile, provider);
    return provider;
  };
  return {
    sign: async (request, { region, profile }, now) => {
      const { SignatureV4 } = await import('@smithy/signature-v4');
      const signer = new SignatureV4({ service, region, credentials: await credentialsOf(profile), sha256: Sha256 });
      const { protocol, hostname, port, pathname, searchParams } = new URL(request.url);
      try {
        const signed = await signer.sign(
          {
            method: request.method,
            protocol,
            hostname,
            path: pathname,
            query: Object.fromEntries(searchParams),
            headers: { ...request.headers, host: port === '' ? hostname : `${hostname}:${port}` },
            ...(request.body === undefined ? {} : { body: request.body }),
          },
          { signingDate: new Date(now) },
        );
        return signed.headers;
      } catch (cause) {
        throw new ControllerError('provider-unavailable', `cannot sign the request: ${errorMessage(cause)}`, {}, { cause });
      }
    },
  };
}

async function defaultChain(profile: string): Promise<AwsCredentials> {
  const { defaultProvider: chain } = await import('@aws-sdk/credential-provider-node');
  return chain(profile === '' ? {} : { profile });
}

/** What the signer wants of a hash, on Node's own. */
class Sha256 {
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = this.#fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toInput(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): ReturnType<typeof createHash> | ReturnType<typeof createHmac> {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', toInput(this.secret));
  }
}

function toInput(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
