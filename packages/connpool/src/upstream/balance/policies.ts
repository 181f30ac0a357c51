import { withMethods } from '../../options/kind-rules.ts'
import { requireRule, type Rule } from '../../options/rule.ts'
import { Failover } from './failover.ts'
import { LeastLeased } from './least-leased.ts'
import { Random } from './random.ts'
import { Rendezvous } from './rendezvous.ts'
import { RoundRobin } from './round-robin.ts'
import { TwoChoices } from './two-choices.ts'
import type { Balancer } from './balancer.ts'

/**
 * How an upstream chooses the endpoint of a caller. Weights count in all but `failover`.
 *
 * - `two-choices`: the better of two drawn by chance, by load, latency and recent failures.
 * - `round-robin`: one after the other, in the order given.
 * - `least-leased`: the one with the fewest connections lent and callers waiting.
 * - `random`: any.
 * - `rendezvous`: the same `affinityKey` meets the same endpoint; without a key, as `two-choices`.
 * - `failover`: the first that can be used, in the order given.
 */
export type BalancePolicy = 'two-choices' | 'round-robin' | 'least-leased' | 'random' | 'rendezvous' | 'failover'

const CUSTOM = withMethods('pick')

const POLICIES: Readonly<Record<BalancePolicy, () => Balancer>> = {
  'two-choices': () => new TwoChoices(),
  'round-robin': () => new RoundRobin(),
  'least-leased': () => new LeastLeased(),
  random: () => new Random(),
  rendezvous: () => new Rendezvous(),
  failover: () => new Failover(),
}

/** What `balance` may be. */
export const BALANCE: Rule = {
  says: `${Object.keys(POLICIES)
    .map((name) => `'${name}'`)
    .join(', ')} or ${CUSTOM.says}`,
  allows: (value) => (typeof value === 'string' ? Object.hasOwn(POLICIES, value) : CUSTOM.allows(value)),
}

/**
 * A new balancer of this policy, or the one given itself: any object with a `pick` function will do.
 *
 * @throws `INVALID_OPTIONS` for anything else.
 */
export function balancerOf(balance: BalancePolicy | Balancer): Balancer {
  requireRule('balance', balance, BALANCE)
  return typeof balance === 'string' ? POLICIES[balance]() : balance
}
