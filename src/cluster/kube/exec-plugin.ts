import { spawn } from 'node:child_process';
import path from 'node:path';
import { ControllerError, errorMessage } from '../../lib/errors.js';
import { fieldOf, isPlainObject, objectsOf } from '../../lib/json.js';
import { deadline, type EpochMs, type Scheduler } from '../../lib/scheduler.js';
import { parseTime } from '../../lib/time.js';
import type { Env } from './settings.js';

/** What a credential plugin hands out. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** undefined: good until the server refuses it. */
  readonly expiresAt: EpochMs | undefined;
}

export interface ExecPluginOptions {
  /** The `exec` entry of a kubeconfig's user. */
  readonly exec: unknown;
  /** Of the kubeconfig: a command with a slash in it is relative to it. */
  readonly directory: string;
  /** What the plugin is told about the cluster, if its entry asks for that. */
  readonly clusterInfo: Readonly<Record<string, unknown>>;
  readonly env: Env;
  readonly scheduler: Scheduler;
  /** A person can answer: the plugin gets our terminal. */
  readonly interactive: boolean;
}

const timeoutMs = 60_000;
const mostOutputBytes = 1024 * 1024;

/**
 * Runs a credential plugin once.
 *
 * @throws ControllerError `unauthorized`, with what the plugin wrote to stderr
 * Semantics: client-go's exec credential plugins, client.authentication.k8s.io/v1 and v1beta1, KUBERNETES_EXEC_INFO included, which
 * client-node does not pass.
 */
export async function runExecPlugin(options: ExecPluginOptions): Promise<ExecCredential> {
  const { exec, directory } = options;
  const command = textOf(exec, 'command');
  const apiVersion = textOf(exec, 'apiVersion');
  if (command === undefined || apiVersion === undefined) throw failed('its entry needs command and apiVersion');
  if (textOf(exec, 'interactiveMode') === 'Always' && !options.interactive) throw failed(`${command} needs a terminal`);
  const args = fieldOf(exec, 'args');
  const output = await runCommand(
    command.includes(path.sep) ? path.resolve(directory, command) : command,
    Array.isArray(args) ? args.map(String) : [],
    options,
    { ...options.env, ...ownEnv(exec), KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(apiVersion, options)) },
  );
  return parseCredential(output, command, apiVersion);
}

function execInfo(apiVersion: string, { exec, clusterInfo, interactive }: ExecPluginOptions): unknown {
  const canInteract = interactive && textOf(exec, 'interactiveMode') !== 'Never';
  return {
    kind: 'ExecCredential',
    apiVersion,
    spec: { interactive: canInteract, ...(fieldOf(exec, 'provideClusterInfo') === true && { cluster: clusterInfo }) },
  };
}

function ownEnv(exec: unknown): Record<string, string> {
  return Object.fromEntries(objectsOf(fieldOf(exec, 'env')).map(({ name, value }) => [String(name), String(value)]));
}

async function runCommand(command: string, args: readonly string[], options: ExecPluginOptions, env: Env): Promise<string> {
  const limit = deadline(options.scheduler, timeoutMs, failed(`${command} did not end within ${timeoutMs / 1_000} s`));
  try {
    return await new Promise<string>((resolve, reject) => {
      const child = spawn(command, [...args], { env: { ...env }, stdio: [options.interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
      const output: Buffer[] = [];
      const complaints: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
      limit.signal.addEventListener('abort', () => {
        child.kill('SIGKILL');
        reject(limit.signal.reason as Error); // deadline() was given an Error
      });
      child.once('error', (cause) => reject(failed(`${command} cannot be started: ${errorMessage(cause)}${hintOf(options.exec)}`, cause)));
      child.once('close', (code) => {
        if (code === 0) resolve(Buffer.concat(output).subarray(0, mostOutputBytes).toString('utf8'));
        else reject(failed(`${command} ended with ${code}: ${Buffer.concat(complaints).subarray(0, 2_000).toString('utf8').trim()}`));
      });
    });
  } finally {
    limit.done();
  }
}

function hintOf(exec: unknown): string {
  const hint = textOf(exec, 'installHint');
  return hint === undefined ? '' : `\n${hint}`;
}

function parseCredential(output: string, command: string, apiVersion: string): ExecCredential {
  const answer = parseJson(output, command);
  const status = fieldOf(answer, 'status');
  if (!isPlainObject(status)) throw failed(`${command} answered without a status`);
  if (fieldOf(answer, 'apiVersion') !== apiVersion) throw failed(`${command} answered in another version than ${apiVersion}`);
  const expires = textOf(status, 'expirationTimestamp');
  const credential = {
    token: textOf(status, 'token'),
    cert: textOf(status, 'clientCertificateData'),
    key: textOf(status, 'clientKeyData'),
    expiresAt: expires === undefined ? undefined : parseTime(expires),
  };
  if (credential.token === undefined && credential.cert === undefined) throw failed(`${command} answered neither token nor certificate`);
  return credential;
}

function parseJson(output: string, command: string): unknown {
  try {
    return JSON.parse(output);
  } catch (cause) {
    throw failed(`${command} did not answer JSON`, cause);
  }
}

function textOf(value: unknown, key: string): string | undefined {
  const text = fieldOf(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function failed(message: string, cause?: unknown): ControllerError {
  return new ControllerError('unauthorized', `credential plugin: ${message}`, {}, { cause });
}
