import type { JsonObject } from '../../api/kube.js';
import { objectAt, settingsError, textAt } from '../section.js';
import type { OAuth2Settings } from './oauth2.js';
import type { SigV4Settings } from './sigv4.js';

/**
 * The `oauth2` block of a section's `authentication`; undefined when it is not used.
 * @throws ControllerError `invalid-spec` when a part is missing
 */
export function oauth2At(section: JsonObject): OAuth2Settings | undefined {
  const block = objectAt(objectAt(section, 'authentication'), 'oauth2');
  const [tokenUrl, clientId, clientSecret] = [textAt(block, 'tokenUrl'), textAt(block, 'clientId'), textAt(block, 'clientSecret')];
  if (tokenUrl === '') return undefined;
  if (clientId === '' || clientSecret === '') throw settingsError('missing mandatory parameter in metric for OAuth2 setup');
  const scopes = block['scopes'];
  return { tokenUrl, clientId, clientSecret, scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [] };
}

/**
 * The `sigv4` block, which counts only for Amazon Managed Prometheus.
 * @throws ControllerError `invalid-spec` for a role to assume: its profile can name one
 */
export function sigV4At(section: JsonObject, address: string): SigV4Settings | undefined {
  const block = objectAt(objectAt(section, 'authentication'), 'sigv4');
  if (!address.includes('aps-workspaces') || Object.keys(block).length === 0) return undefined;
  if (textAt(block, 'roleArn') !== '') throw settingsError('sigv4.roleArn is not supported: name a profile that assumes the role');
  return { region: textAt(block, 'region'), profile: textAt(block, 'profile') };
}

export interface BasicSettings {
  readonly username: string;
  readonly password: string;
}

/** The same for `basicAuth`. */
export function basicAt(section: JsonObject): BasicSettings | undefined {
  const block = objectAt(objectAt(section, 'authentication'), 'basicAuth');
  const [username, password] = [textAt(block, 'username'), textAt(block, 'password')];
  if (username === '' && password === '') return undefined;
  const missing = username === '' ? 'username' : password === '' ? 'password' : undefined;
  if (missing !== undefined) throw settingsError(`missing mandatory parameter in metric for basic auth setup: ${missing}`);
  return { username, password };
}
