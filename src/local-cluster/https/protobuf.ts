import type { Draft } from '../store/json.js';
import { badRequest } from '../store/status-error.js';
import type { Field, Message } from './protobuf-messages.js';
import { messageOf } from './protobuf-messages.js';

/*
 * Kubernetes' protobuf, input only: what kubectl makes itself (create ns, cm, secret, sa, deployment, service, token, auth can-i) comes in it.
 * The envelope is "k8s\0" and a message Unknown: 1 = {1 apiVersion, 2 kind}, 2 = the object's own bytes.
 */

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** @throws StatusError 400 for what is no such envelope or of a kind we do not know */
export function decodeEnvelope(body: Buffer): Draft {
  if (!body.subarray(0, 4).equals(magic))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope = fieldsOf(body.subarray(4));
  const type = fieldsOf(bytesOf(envelope, 1));
  const apiVersion = bytesOf(type, 1).toString('utf8');
  const kind = bytesOf(type, 2).toString('utf8');
  const message = messageOf(apiVersion, kind);
  if (message === undefined) throw badRequest(`no protobuf description of kind ${kind} in version ${apiVersion}: send JSON`);
  return { apiVersion, kind, ...decodeMessage(bytesOf(envelope, 2), message) };
}

interface RawField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

function bytesOf(fields: readonly RawField[], number: number): Buffer {
  const found = fields.findLast((field) => field.number === number)?.value;
  return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
}

/** Reads tags and values; wire types 0 (varint), 1 and 5 (fixed), 2 (length-delimited). */
function fieldsOf(bytes: Buffer): readonly RawField[] {
  const fields: RawField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest('unexpected end of a protobuf message');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw badRequest('a number in a protobuf message is too long');
  };
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw badRequest('unexpected end of a protobuf message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const number = tag >> 3;
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 2) fields.push({ number, value: slice(Number(varint())) });
    else if (wire === 1 || wire === 5) fields.push({ number, value: slice(wire === 1 ? 8 : 4) });
    else throw badRequest(`wire type ${wire} in a protobuf message`);
  }
  return fields;
}

/** Go writes empty texts and zero times as present: they are read as absent. */
function decodeMessage(bytes: Buffer, message: Message): Draft {
  const made: Draft = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const field = message[number];
    if (field === undefined) continue;
    const decoded = decodeValue(value, field);
    if (decoded === undefined) continue;
    if (field.repeated === true)
      made[field.name] = [...(Array.isArray(made[field.name]) ? (made[field.name] as unknown[]) : []), decoded]; // just made by this loop
    else if (field.type === 'map')
      made[field.name] = { ...(made[field.name] ?? {}), ...(decoded as Draft) }; // a map's entry decodes to a record
    else made[field.name] = decoded;
  }
  return made;
}

function decodeValue(value: bigint | Buffer, field: Field): unknown {
  if (!Buffer.isBuffer(value)) return field.type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value));
  switch (field.type) {
    case 'bytes':
      return value.toString('base64');
    case 'message':
      return decodeMessage(value, field.message());
    case 'map':
      return decodeEntry(value, field.valueType);
    case 'intOrString':
      return decodeIntOrString(value);
    case 'quantity':
      return bytesOf(fieldsOf(value), 1).toString('utf8') || undefined;
    case 'time':
      return undefined;
    case 'bool':
    case 'int':
    case 'string': {
      const text = value.toString('utf8');
      return text === '' && field.repeated !== true ? undefined : text;
    }
  }
}

function decodeEntry(bytes: Buffer, valueType: 'string' | 'bytes' | 'quantity'): Draft {
  const fields = fieldsOf(bytes);
  const value = bytesOf(fields, 2);
  const decoded =
    valueType === 'quantity' ? bytesOf(fieldsOf(value), 1).toString('utf8') : value.toString(valueType === 'bytes' ? 'base64' : 'utf8');
  return { [bytesOf(fields, 1).toString('utf8')]: decoded };
}

function decodeIntOrString(bytes: Buffer): number | string {
  const fields = fieldsOf(bytes);
  const number = (wanted: number): number => {
    const found = fields.find((field) => field.number === wanted)?.value;
    return typeof found === 'bigint' ? Number(BigInt.asIntN(64, found)) : 0;
  };
  return number(1) === 1 ? bytesOf(fields, 3).toString('utf8') : number(2);
}
