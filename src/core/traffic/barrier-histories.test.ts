import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { podsForWeight } from '../replicas/routed-canary.js';
import { assessShrink, assessSwitch, assessWeight } from './barrier.js';
import { canaryRange, routerFeeds, type Feed } from './feeds.js';
import { planSplit } from './split.js';
import type { ObservedTraffic } from './types.js';

/*
 * A small world: three versions, a stable and a canary Service, one router whose data plane lags behind its objects, pods that come and go.
 * A controller that does nothing but ask the barrier goes for random goals in it. After each single write the world is looked at as requests
 * meet it: every weight and every selector that some proxy may still have.
 */

type Name = 'v1' | 'v2' | 'v3';
const names: readonly Name[] = ['v1', 'v2', 'v3'];
const maxWeight = 100;
const drainMs = 30_000;
/** What nobody tells of is over within the drain time: that is what the time is for. */
const longestUntold = 25_000;

/** What happens before a pass; all of it others' doing. */
interface Turn {
  readonly passes: number;
  /** The goal from now on. */
  readonly goal?: Goal;
  /** Pods of a version become (un)available; as a share of its size. */
  readonly pods?: { readonly name: Name; readonly share: number };
  readonly replicas?: number;
  /** Somebody edits the route. */
  readonly drift?: number;
  /** How long the data plane takes from now on; it knows the declared weight at the latest then. */
  readonly lagMs: number;
}

/** Where to: the version that is stable, the one that is canary, the canary's weight. */
interface Goal {
  readonly stable: Name;
  readonly canary: Name;
  readonly weight: number;
  readonly dynamic: boolean;
}

interface Pods {
  size: number;
  available: number;
}

interface World {
  now: number;
  replicas: number;
  readonly pods: Record<Name, Pods>;
  readonly selectors: { stable: Name; canary: Name };
  /** Selectors proxies may still have, until then. */
  readonly oldSelectors: { side: 'stable' | 'canary'; name: Name; until: number }[];
  declared: number;
  /** Weights proxies may still have, until then. */
  readonly oldWeights: { weight: number; until: number }[];
  lagMs: number;
}

interface Memory {
  asked: number | undefined;
  /** Since when the router has been settled with `asked`. */
  since: number | undefined;
  /** When a Service last left a version. */
  readonly leftAt: Map<Name, number>;
}

/** true: the router's status tells what the data plane has; false: it cannot tell, and the drain time covers the lag. */
type Tells = boolean;

type Barrier = 'on' | 'without drain time' | 'off';

const firstGoal: Goal = { stable: 'v1', canary: 'v1', weight: 0, dynamic: false };

function newWorld(replicas: number): World {
  const empty = (): Pods => ({ size: 0, available: 0 });
  return {
    now: 1_000_000,
    replicas,
    pods: { v1: { size: replicas, available: replicas }, v2: empty(), v3: empty() },
    selectors: { stable: 'v1', canary: 'v1' },
    oldSelectors: [],
    declared: 0,
    oldWeights: [],
    lagMs: 0,
  };
}

/** Most of all requests that some proxy may send to a version now. */
function loadOf(world: World, name: Name): number {
  const weights = [world.declared, ...world.oldWeights.filter(({ until }) => until > world.now).map(({ weight }) => weight)];
  const leads = (side: 'stable' | 'canary'): boolean =>
    world.selectors[side] === name || world.oldSelectors.some((old) => old.side === side && old.name === name && old.until > world.now);
  return Math.max(...weights.map((weight) => (leads('canary') ? weight : 0) + (leads('stable') ? maxWeight - weight : 0)));
}

const lasting = ({ size, available }: Pods): number => Math.min(size, available);

function violationOf(world: World, what: string): string {
  const { now, replicas, declared, selectors, pods } = world;
  return `${what} at ${now}: replicas ${replicas} declared ${declared} ${JSON.stringify({ selectors, pods })}`;
}

class Controller {
  readonly broken: string[] = [];
  writes = 0;

  constructor(
    private readonly world: World,
    private readonly memory: Memory,
    private readonly tells: Tells,
    private readonly barrier: Barrier,
  ) {}

  private get hasBarrier(): boolean {
    return this.barrier !== 'off';
  }

  private get drainMs(): number {
    return this.barrier === 'on' ? drainMs : 0;
  }

  pass(goal: Goal): void {
    this.setWeight(goal);
    this.switch('canary', canaryOf(goal));
    this.switch('stable', goal.stable);
    for (const name of names) this.scale(name, goal);
  }

  private observed(): ObservedTraffic {
    const { world, memory } = this;
    const verified = world.oldWeights.every(({ until }) => until <= world.now);
    return {
      kind: 'istio',
      canaryWeight: { min: world.declared, max: world.declared },
      subsetHashes: [],
      upToDate: memory.asked === world.declared,
      ...(this.tells ? { verified } : {}),
    };
  }

  /** The caller's duty of barrier.ts: since when the router is settled. */
  private look(): ObservedTraffic {
    const seen = this.observed();
    const isSettled = seen.upToDate && seen.verified !== false;
    this.memory.since = isSettled ? (this.memory.since ?? this.world.now) : undefined;
    return seen;
  }

  private setWeight(goal: Goal): void {
    const { world, memory } = this;
    const seen = this.look();
    const capacity = (name: Name): { available: number } => ({ available: world.pods[name].available });
    const side = world.selectors;
    // Until the canary Service leads to the canary, a weight would not reach it.
    const wanted = side.canary === goal.canary && goal.canary !== goal.stable ? goal.weight : 0;
    const declared = canaryRange([seen]);
    const answer = assessWeight({
      ...{ replicas: world.replicas, maxWeight, wanted, declared },
      ...{ canary: capacity(side.canary), stable: capacity(side.stable) },
    });
    const weight = this.hasBarrier ? answer.weight : wanted;
    const split = planSplit({ maxWeight, canaryWeight: weight, canary: {}, stable: {}, additional: [], managedRoutes: [] });
    if (split.canary.weight + split.stable.weight !== maxWeight) this.broken.push(violationOf(world, 'I10'));
    if (memory.asked !== weight) memory.since = undefined;
    memory.asked = weight;
    if (world.declared === weight) return;
    this.writes += 1;
    memory.since = undefined;
    const before = world.declared;
    world.oldWeights.push({ weight: before, until: world.now + world.lagMs });
    world.declared = weight;
    this.checkRoute(before);
  }

  /** I2: no weight goes to a version without pods, unless it did so before. */
  private checkRoute(before: number): void {
    const { selectors, pods, declared } = this.world;
    const isEmpty = (name: Name): boolean => pods[name].available === 0;
    if (declared > before && isEmpty(selectors.canary)) this.broken.push(violationOf(this.world, `I2 weight ${before} to canary`));
    const [had, has] = [maxWeight - before, maxWeight - declared];
    if (has > had && isEmpty(selectors.stable) && !isEmpty(selectors.canary)) {
      this.broken.push(violationOf(this.world, `I2 weight ${before} to stable`));
    }
  }

  private feedsOf(side: 'stable' | 'canary'): readonly Feed[] {
    return routerFeeds([this.look()], maxWeight, { canary: side === 'canary', stable: side === 'stable' }, () => this.memory.since);
  }

  private switch(side: 'stable' | 'canary', target: Name): void {
    const { world, memory } = this;
    const source = world.selectors[side];
    if (source === target) return;
    const other = side === 'stable' ? 'canary' : 'stable';
    const otherWeight = Math.max(...this.feedsOf(other).map(({ weight }) => weight));
    const answer = assessSwitch({
      ...{ now: world.now, drainMs: this.drainMs, replicas: world.replicas, maxWeight },
      feeds: this.feedsOf(side),
      alsoServes: this.isDraining(target) ? maxWeight : world.selectors[other] === target ? otherWeight : 0,
      target: { available: world.pods[target].available, size: world.pods[target].size },
      source: { available: world.pods[source].available },
    });
    if (this.hasBarrier && !answer.may) return;
    this.writes += 1;
    const before = loadOf(world, target);
    world.oldSelectors.push({ side, name: source, until: world.now + Math.min(world.lagMs, longestUntold) });
    world.selectors[side] = target;
    memory.leftAt.set(source, world.now);
    this.checkSwitch(target, source, before);
  }

  /** A Service left it so lately that proxies may still send it anything. */
  private isDraining(name: Name): boolean {
    const since = this.memory.leftAt.get(name);
    return since !== undefined && since + this.drainMs > this.world.now;
  }

  /** I2 for the target, and I3 where the Service brings it more than it had. */
  private checkSwitch(target: Name, source: Name, before: number): void {
    const { world } = this;
    const has = world.pods[target].available;
    if (has === 0) this.broken.push(violationOf(world, `I2 Service from ${source} to ${target}`));
    const load = loadOf(world, target);
    const takes = podsForWeight(world.replicas, load, maxWeight);
    if (load > before && has < takes && world.pods[source].available > 0)
      this.broken.push(violationOf(world, `I3 Service from ${source} to ${target}`));
  }

  private scale(name: Name, goal: Goal): void {
    const { world } = this;
    const { size } = world.pods[name];
    const target = this.isOnTheWay(name, goal) ? world.replicas : targetOf(name, goal, world.replicas);
    if (size === target) return;
    const answer = assessShrink({
      ...{ now: world.now, drainMs: this.drainMs, replicas: world.replicas, maxWeight, size, target },
      feeds: [...this.feedsTo(name), ...this.formerFeeds(name)],
    });
    const next = this.hasBarrier ? answer.size : target;
    if (next === size) return;
    this.writes += 1;
    const before = lasting(world.pods[name]);
    world.pods[name].size = next;
    if (next < size) this.checkShrink(name, before);
    world.pods[name].available = lasting(world.pods[name]);
  }

  /** Until both Services are where they are to be, the stable versions old and new are complete, as in a promotion. */
  private isOnTheWay(name: Name, goal: Goal): boolean {
    const { selectors } = this.world;
    const isThere = selectors.stable === goal.stable && selectors.canary === canaryOf(goal);
    return !isThere && (name === goal.stable || name === selectors.stable);
  }

  private feedsTo(name: Name): readonly Feed[] {
    const { selectors } = this.world;
    const sides = { canary: selectors.canary === name, stable: selectors.stable === name };
    return sides.canary || sides.stable ? routerFeeds([this.look()], maxWeight, sides, () => this.memory.since) : [];
  }

  /** A Service that led here until lately: what proxies know of endpoints cannot be seen. */
  private formerFeeds(name: Name): readonly Feed[] {
    const since = this.memory.leftAt.get(name);
    return since === undefined ? [] : [{ name: 'a Service before', weight: 0, pinned: false, settlement: 'settled', since }];
  }

  /** I3: what stays can serve all that may come, or at least no less than before. */
  private checkShrink(name: Name, before: number): void {
    const { world } = this;
    const stay = lasting(world.pods[name]);
    const takes = podsForWeight(world.replicas, loadOf(world, name), maxWeight);
    if (stay < Math.min(before, takes)) this.broken.push(violationOf(world, `I3 ${name} from ${before} to ${stay}, ${takes} needed`));
  }
}

function canaryOf(goal: Goal): Name {
  return goal.weight > 0 ? goal.canary : goal.stable;
}

function targetOf(name: Name, goal: Goal, replicas: number): number {
  const canary = podsForWeight(replicas, goal.weight, maxWeight);
  const isBoth = goal.canary === goal.stable;
  if (name === goal.stable)
    return goal.dynamic && !isBoth ? Math.max(1, podsForWeight(replicas, maxWeight - goal.weight, maxWeight)) : replicas;
  return name === goal.canary ? canary : 0;
}

interface Played {
  readonly world: World;
  readonly broken: readonly string[];
  readonly writes: number;
}

function play(replicas: number, turns: readonly Turn[], tells: Tells, barrier: Barrier = 'on'): Played {
  const world = newWorld(replicas);
  const memory: Memory = { asked: 0, since: undefined, leftAt: new Map() };
  const controller = new Controller(world, memory, tells, barrier);
  let goal = firstGoal;
  for (const turn of turns) {
    goal = turn.goal ?? goal;
    disturb(world, turn);
    for (let pass = 0; pass < turn.passes; pass += 1) {
      controller.pass(goal);
      world.now += 7_000;
      if (pass % 2 === 1) startPods(world);
    }
  }
  return { world, broken: controller.broken, writes: controller.writes };
}

function disturb(world: World, turn: Turn): void {
  world.lagMs = turn.lagMs;
  world.replicas = turn.replicas ?? world.replicas;
  if (turn.pods !== undefined) {
    const pods = world.pods[turn.pods.name];
    pods.available = Math.round(pods.size * turn.pods.share);
  }
  if (turn.drift !== undefined && turn.drift !== world.declared) {
    world.oldWeights.push({ weight: world.declared, until: world.now + world.lagMs });
    world.declared = turn.drift;
  }
}

function startPods(world: World): void {
  for (const name of names) world.pods[name].available = Math.min(world.pods[name].size, world.pods[name].available + 2);
}

const weights = fc.constantFrom(0, 1, 5, 20, 33, 50, 60, 99, 100);
const goals: fc.Arbitrary<Goal> = fc
  .record({ stable: fc.constantFrom(...names), canary: fc.constantFrom(...names), weight: weights, dynamic: fc.boolean() })
  .map((goal) => (goal.canary === goal.stable ? { ...goal, weight: 0 } : goal));
const turnsWith = (lag: fc.Arbitrary<number>): fc.Arbitrary<readonly Turn[]> =>
  fc.array(
    fc.record(
      {
        passes: fc.integer({ min: 1, max: 8 }),
        lagMs: lag,
        goal: goals,
        pods: fc.record({ name: fc.constantFrom(...names), share: fc.constantFrom(0, 0.3, 0.7, 1) }),
        replicas: fc.integer({ min: 1, max: 12 }),
        drift: weights,
      },
      { requiredKeys: ['passes', 'lagMs'] },
    ),
    { minLength: 1, maxLength: 12 },
  );

/** A router that cannot tell has taken over within the drain time; one that can may take as long as it likes. */
const worlds = [
  { router: 'that tells what its data plane has', tells: true, lag: fc.integer({ min: 0, max: 120_000 }) },
  { router: 'that cannot tell', tells: false, lag: fc.integer({ min: 0, max: longestUntold }) },
] as const;
const anyReplicas = fc.integer({ min: 1, max: 12 });

describe.each(worlds)('the barrier in random histories, with a router $router', ({ tells, lag }) => {
  it('breaks none of I2, I3 and I10 with any write', () => {
    fc.assert(
      fc.property(anyReplicas, turnsWith(lag), (replicas, turns) => {
        expect(play(replicas, turns, tells).broken).toEqual([]);
      }),
      { numRuns: 800 },
    );
  });

  it('gets there once nobody disturbs any more, and then writes nothing', () => {
    fc.assert(
      fc.property(anyReplicas, turnsWith(lag), goals, (replicas, turns, goal) => {
        const calm: Turn = { passes: 80, goal, lagMs: 0 };
        const { world, writes } = play(replicas, [...turns, calm], tells);
        expect({ weight: world.declared, ...world.selectors }).toEqual({
          weight: goal.weight,
          stable: goal.stable,
          canary: canaryOf(goal),
        });
        expect(names.map((name) => world.pods[name].size)).toEqual(names.map((name) => targetOf(name, goal, world.replicas)));
        expect(play(replicas, [...turns, calm, calm], tells).writes).toBe(writes);
      }),
      { numRuns: 150 },
    );
  });

  it.each(['off', 'without drain time'] as const)('is what keeps them: %s they break', (barrier) => {
    const isSafe = fc.property(anyReplicas, turnsWith(lag), (replicas, turns) => play(replicas, turns, tells, barrier).broken.length === 0);
    expect(fc.check(isSafe, { numRuns: 2000 }).failed).toBe(true);
  });
});
