import { fairParts } from './fair-parts.ts'
import { RecentPeak } from './recent-peak.ts'
import { planShares } from './share-plan.ts'
import type { WorkerId } from './worker-load.ts'

/** Where there are fewer slots than workers that want one, one that has none gets its turn after so long. */
const TURN_MS = 1_000

export interface ShareEffects {
  /**
   * The worker may have `share` connections from now on. It confirms the order, by its number, as soon as it has no more than
   * that open, being opened or being closed.
   */
  grant(worker: WorkerId, share: number, order: number): void
}

/** What one worker has of the limit. */
class Holding {
  readonly id: WorkerId
  readonly demand: RecentPeak
  share = 0
  /** The most it may have open: its share, and what it has not yet confirmed to have closed. */
  reserved = 0
  order = 0
  /** Since when it has had nothing, though it needs something. */
  starvingSince = Infinity

  constructor(id: WorkerId, demand: RecentPeak) {
    this.id = id
    this.demand = demand
  }

  /** Answers whether that is another share. */
  take(share: number): boolean {
    if (share === this.share) return false
    this.share = share
    this.reserved = Math.max(this.reserved, share)
    this.order++
    return true
  }

  noteHunger(need: number, now: number): void {
    if (this.share > 0 || need === 0) this.starvingSince = Infinity
    else this.starvingSince = Math.min(this.starvingSince, now)
  }
}

/**
 * How an upstream's limit of connections is shared by worker processes. Each gets what it needs (those who wait and those who
 * are served, at their highest of late), and if that is too much altogether an even part of it, but at least one slot if
 * there are enough. What nobody needs stays where it is, or goes to those who have least: slots are taken away only for one
 * that lacks some.
 *
 * A slot that is taken away is given to nobody else before the worker has confirmed that its connection is closed, or is
 * known to be dead. So the connections of all workers are never more than the limit.
 *
 * Workers are to report every 100 ms or so while anything changes. Pure: time is an argument, in milliseconds.
 */
export class ShareMachine {
  #limit: number
  readonly #effects: ShareEffects
  readonly #holdings = new Map<WorkerId, Holding>()

  constructor(limit: number, effects: ShareEffects) {
    this.#limit = expectWhole(limit)
    this.#effects = effects
  }

  get limit(): number {
    return this.#limit
  }

  /** How many connections the workers may have open now, with those they were told to close. */
  get reserved(): number {
    let sum = 0
    for (const { reserved } of this.#holdings.values()) sum += reserved
    return sum
  }

  /** What a worker may have; 0 for one that is not known. */
  shareOf(worker: WorkerId): number {
    return this.#holdings.get(worker)?.share ?? 0
  }

  /** A new process, which has no connection and may open none before its first grant. At first it gets an even part. */
  joined(worker: WorkerId, now: number): void {
    this.#join(worker, now)
    this.#share(now)
  }

  /** As {@link died} and {@link joined} in one: before others get what is free now, the new one has its part. */
  replaced(dead: WorkerId, next: WorkerId, now: number): void {
    this.#holdings.delete(dead)
    this.#join(next, now)
    this.#share(now)
  }

  /** How many connections it could use now: requests that wait, and connections that are lent or being opened. */
  reported(worker: WorkerId, demand: number, now: number): void {
    this.#holdings.get(worker)?.demand.observe(demand, now)
    this.#share(now)
  }

  /** It has no more connections than that order said. A later order makes it void. */
  confirmed(worker: WorkerId, order: number, now: number): void {
    const holding = this.#holdings.get(worker)
    if (holding === undefined || holding.order !== order) return
    holding.reserved = holding.share
    this.#share(now)
  }

  /** Its process is known to be dead, and its connections with it. */
  died(worker: WorkerId, now: number): void {
    this.#holdings.delete(worker)
    this.#share(now)
  }

  /** A smaller limit holds as soon as the workers have closed what is too much. */
  setLimit(limit: number, now: number): void {
    this.#limit = expectWhole(limit)
    this.#share(now)
  }

  #join(worker: WorkerId, now: number): void {
    if (this.#holdings.has(worker)) throw new Error(`bug: worker ${worker} joins twice`)
    const demand = new RecentPeak(Math.floor(this.#limit / (this.#holdings.size + 1)), now)
    demand.observe(0, now)
    this.#holdings.set(worker, new Holding(worker, demand))
  }

  /** The only place where shares change. */
  #share(now: number): void {
    const holdings = [...this.#holdings.values()]
    const needs = holdings.map((holding) => this.#needOf(holding, now))
    const targets = this.#targetsOf(holdings, needs, now)
    const shares = planShares(
      this.#limit,
      holdings.map(({ share, reserved }, place) => ({ share, reserved, target: targets[place] ?? 0 })),
    )
    const changed = holdings.filter((holding, place) => holding.take(shares[place] ?? 0))
    for (const [place, holding] of holdings.entries()) holding.noteHunger(needs[place] ?? 0, now)
    this.#tell(changed)
  }

  #needOf({ demand }: Holding, now: number): number {
    const least = this.#limit >= this.#holdings.size ? 1 : 0
    return Math.max(least, demand.at(now))
  }

  #targetsOf(holdings: readonly Holding[], needs: readonly number[], now: number): number[] {
    const claims = holdings.map(({ share, starvingSince }, place) => ({
      need: needs[place] ?? 0,
      has: share,
      since: now - starvingSince >= TURN_MS ? starvingSince : Infinity,
    }))
    return fairParts(this.#limit, claims)
  }

  /** After all of them are set: one that answers at once meets what is true. An order that is void by then is not given. */
  #tell(changed: readonly Holding[]): void {
    for (const { holding, share, order } of changed.map((each) => ({
      holding: each,
      share: each.share,
      order: each.order,
    }))) {
      if (holding.order === order) this.#effects.grant(holding.id, share, order)
    }
  }
}

function expectWhole(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 0) return limit
  throw new Error(`bug: shares are handed out of ${limit}, which is no whole number`)
}
