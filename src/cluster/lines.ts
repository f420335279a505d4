import { ControllerError } from '../lib/errors.js';

const newline = 0x0a;

/**
 * Splits a byte stream at newlines. Bytes are joined before they are decoded, so a character cut in two by a chunk stays whole.
 * What follows the last newline is no complete line and is dropped.
 *
 * @throws ControllerError `unavailable` when a line is longer than `maxBytes`
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(pending).toString('utf8');
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
    }
    if (pendingBytes > maxBytes) throw new ControllerError('unavailable', 'a line of the stream is too long', { limitBytes: maxBytes });
  }
}
