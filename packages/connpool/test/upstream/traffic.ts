import type { SeededRandom } from 'connpool/testing'

import { nameOf, type World } from './given.ts'

export interface Traffic {
  /** How many ask one after the other, without end. */
  readonly callers: number
  readonly forMs: number
  /** How long a use of this endpoint takes. */
  readonly serviceMs: (name: string) => number
  /** Whether that use fails. */
  readonly fails?: (name: string) => boolean
  readonly random: SeededRandom
}

/** How often each endpoint was used, second by second. */
export class Tally {
  readonly #seconds: Map<string, number>[] = []
  readonly #startedAt: number

  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  count(name: string, now: number): void {
    const second = Math.floor((now - this.#startedAt) / 1_000)
    const counts = (this.#seconds[second] ??= new Map<string, number>())
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }

  /** The part of all uses that an endpoint had, from one second to another. */
  shareOf(name: string, from = 0, to = Infinity): number {
    let own = 0
    let all = 0
    for (const counts of this.#seconds.slice(from, to)) {
      for (const [each, count] of counts) {
        all += count
        if (each === name) own += count
      }
    }
    return own / all
  }

  /** The largest part that an endpoint had in any one second. */
  mostOf(name: string): number {
    return Math.max(...this.#seconds.map((_, second) => this.shareOf(name, second, second + 1)))
  }
}

/** Lets callers use an upstream for a while of the test's clock. */
export async function run(world: World, traffic: Traffic): Promise<Tally> {
  const { clock } = world
  const tally = new Tally(clock.now())
  const until = clock.now() + traffic.forMs
  const done = Array.from({ length: traffic.callers }, () => askInTurn(world, traffic, tally, until))
  await clock.advance(traffic.forMs + 1_000)
  await Promise.all(done)
  return tally
}

async function askInTurn(world: World, traffic: Traffic, tally: Tally, until: number): Promise<void> {
  const { clock, upstream } = world
  while (clock.now() < until) {
    try {
      const lease = await upstream.acquire({ timeoutMs: 900 })
      const name = nameOf(lease)
      tally.count(name, clock.now())
      await pass(world, traffic.serviceMs(name) * (0.5 + traffic.random.next()))
      if (traffic.fails?.(name) === true) lease.discard(new Error('it failed me'))
      else lease.release()
    } catch {
      await pass(world, 1)
    }
  }
}

function pass({ clock }: World, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.arriveAt(clock.now() + ms, resolve))
}
