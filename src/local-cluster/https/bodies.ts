import type { IncomingMessage } from 'node:http';
import { CORE_SCHEMA, load } from 'js-yaml';
import type { Patch } from '../../cluster/cluster.js';
import { badRequest, tooLarge, unsupportedMediaType } from '../store/status-error.js';
import { decodeEnvelope } from './protobuf.js';

/** As a real server: a request of 3 MiB. */
const longestBody = 3 * 1024 * 1024;

/** @throws StatusError 413 when it is too long */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Without an encoding a request hands out Buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) throw tooLarge(longestBody);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * The object in a body: JSON, YAML, or the protobuf that kubectl sends for what it makes itself.
 * @throws StatusError 400 for a broken one, 415 for another format
 */
export function parseObject(body: Buffer, type: string): unknown {
  switch (type) {
    case '':
    case 'application/json':
      return parseJson(body);
    case 'application/yaml':
      return parseYaml(body);
    case 'application/vnd.kubernetes.protobuf':
      return decodeEnvelope(body);
    default:
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      );
  }
}

function parseJson(body: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return parsed;
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseYaml(body: Buffer): unknown {
  try {
    return load(body.toString('utf8'), { schema: CORE_SCHEMA });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The patch in a body, by its content type.
 * @throws StatusError 400, 415
 */
export function parsePatch(body: Buffer, type: string, force: boolean): Patch {
  switch (type) {
    case 'application/merge-patch+json':
      return { kind: 'merge', body: parseJson(body) };
    case 'application/strategic-merge-patch+json':
      return { kind: 'strategic', body: parseJson(body) };
    case 'application/json-patch+json': {
      const operations = parseJson(body);
      if (!Array.isArray(operations)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
      return { kind: 'json', body: operations };
    }
    case 'application/apply-patch+yaml':
      return { kind: 'apply', body: parseYaml(body), force };
    default:
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      );
  }
}
