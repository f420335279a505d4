import { resources } from '../../api/kube.js';
import { at, numberAt, recordsAt, textAt } from './json.js';
import type { Kind } from './kinds/kind.js';
import type { State } from './state.js';

/** Cluster IPs (10.96.0.0/16) and node ports (30000 to 32767) of Services. Which are taken is read from the Services themselves. */
export class Addresses {
  #nextAddress = 10;
  #nextPort = 0;

  constructor(private readonly state: State) {}

  clusterIp(wanted?: string): string | undefined {
    const taken = new Set(this.#services().map((service) => textAt(service, 'spec', 'clusterIP')));
    if (wanted !== undefined) return taken.has(wanted) ? undefined : wanted;
    for (let tries = 0; tries < 65_000; tries++) {
      const index = this.#nextAddress++ % 65_000;
      const address = `10.96.${index >> 8}.${index & 255}`;
      if (!taken.has(address)) return address;
    }
    return undefined;
  }

  nodePort(wanted?: number): number | undefined {
    const taken = new Set(
      this.#services().flatMap((service) => recordsAt(service, 'spec', 'ports').map((port) => numberAt(port, 'nodePort'))),
    );
    if (wanted !== undefined) return taken.has(wanted) ? undefined : wanted;
    for (let tries = 0; tries < 2768; tries++) {
      const port = 30_000 + (this.#nextPort++ % 2768);
      if (!taken.has(port)) return port;
    }
    return undefined;
  }

  #services(): readonly unknown[] {
    return this.state.list(this.#kind()).filter((service) => at(service, 'spec', 'type') !== 'ExternalName');
  }

  #kind(): Kind {
    return this.state.kinds.get(resources.services);
  }
}
