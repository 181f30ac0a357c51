/**
 * Who owns each of 65,536 slots, by rendezvous: every endpoint draws a number for every slot, by hashing, and the least
 * wins. The number is an arrival time whose mean is 1 / weight, so that the chance to win is exactly in proportion to
 * weight, and one that comes, goes or changes its weight moves no slot from one to another of the others.
 *
 * An owner is a function of slot and endpoints, not of history. So it is looked for when it is first asked for, and kept.
 * What has changed since is caught up with slot by slot, as each is asked for: a change by itself costs nothing.
 *
 * The number of slots is fixed, since another number would move nearly all keys. Up to 1,024 endpoints have 64 or more
 * each, in the mean.
 */
import { hashOf, mixed } from './hash.ts'
import type { BalancedEndpoint } from './balancer.ts'

export const SLOT_BITS = 16
const SLOT_COUNT = 2 ** SLOT_BITS

/** A slot that missed more changes than this asks everybody. */
const MOST_CHANGES = 256

interface Contender {
  endpoint: BalancedEndpoint
  readonly seeds: readonly [number, number]
  weight: number
  isPresent: boolean
  /** The change by which it last lost slots. */
  worseSince: number
}

export class SlotOwners {
  /** By text: an endpoint that comes back draws the same numbers. */
  readonly #contenders = new Map<string, Contender>()
  readonly #owners = new Array<Contender | undefined>(SLOT_COUNT).fill(undefined)
  /** The number of the last change that each owner takes into account. */
  readonly #knownUpTo = new Float64Array(SLOT_COUNT)
  /** Who changed, the last change at the end. */
  #changed: Contender[] = []
  #changeCount = 0

  /** These and no others contend from now on. */
  follow(endpoints: readonly BalancedEndpoint[]): void {
    const gone = new Map(this.#contenders)
    for (const endpoint of endpoints) {
      gone.delete(endpoint.endpoint)
      this.#admit(endpoint)
    }
    for (const [text, contender] of gone) {
      this.#contenders.delete(text)
      contender.isPresent = false
      this.#change(contender, 'worse')
    }
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    const contender = this.#contenders.get(endpoint.endpoint)
    if (contender === undefined || contender.weight === endpoint.weight) return
    const how = endpoint.weight < contender.weight ? 'worse' : 'better'
    contender.weight = endpoint.weight
    this.#change(contender, how)
  }

  ownerOf(slot: number): BalancedEndpoint | undefined {
    const owner = this.#owners[slot]
    const missed = this.#changeCount - (this.#knownUpTo[slot] ?? 0)
    if (owner !== undefined && missed === 0) return owner.endpoint
    const next = this.#mayCatchUp(owner, missed) ? this.#catchUp(slot, owner, missed) : this.#search(slot)
    this.#owners[slot] = next
    this.#knownUpTo[slot] = this.#changeCount
    return next?.endpoint
  }

  #admit(endpoint: BalancedEndpoint): void {
    const known = this.#contenders.get(endpoint.endpoint)
    if (known !== undefined) {
      known.endpoint = endpoint
      this.weightChanged(endpoint)
      return
    }
    const { endpoint: text, weight } = endpoint
    const seeds = [hashOf(text, 1), hashOf(text, 2)] as const
    const contender: Contender = { endpoint, seeds, weight, isPresent: true, worseSince: 0 }
    this.#contenders.set(text, contender)
    this.#change(contender, 'better')
  }

  #change(contender: Contender, how: 'better' | 'worse'): void {
    this.#changeCount++
    if (how === 'worse') contender.worseSince = this.#changeCount
    this.#changed.push(contender)
    if (this.#changed.length > 2 * MOST_CHANGES) this.#changed = this.#changed.slice(-MOST_CHANGES)
  }

  /** Not if the owner itself lost, nor if asking everybody is less work. */
  #mayCatchUp(owner: Contender | undefined, missed: number): owner is Contender {
    if (owner === undefined || owner.worseSince > this.#changeCount - missed) return false
    return missed < this.#contenders.size && missed <= MOST_CHANGES && missed <= this.#changed.length
  }

  /** Only who became better may have overtaken the owner. */
  #catchUp(slot: number, owner: Contender, missed: number): Contender {
    let first = owner
    for (let place = this.#changed.length - missed; place < this.#changed.length; place++) {
      const contender = this.#changed[place]
      if (contender?.isPresent === true && isBefore(contender, first, slot)) first = contender
    }
    return first
  }

  #search(slot: number): Contender | undefined {
    let first: Contender | undefined
    let least = Infinity
    for (const contender of this.#contenders.values()) {
      const arrival = arrivalOf(contender, slot)
      if (arrival > least || (arrival === least && first !== undefined && !isBefore(contender, first, slot))) continue
      first = contender
      least = arrival
    }
    return first
  }
}

function isBefore(one: Contender, other: Contender, slot: number): boolean {
  const difference = arrivalOf(one, slot) - arrivalOf(other, slot)
  return difference < 0 || (difference === 0 && one.endpoint.endpoint < other.endpoint.endpoint)
}

/** When a contender arrives at a slot: exponentially distributed, by inversion of a hash between 0 and 1. */
function arrivalOf({ seeds, weight }: Contender, slot: number): number {
  const hash = mixed(mixed(slot ^ seeds[0]) ^ seeds[1])
  return -Math.log((hash + 0.5) / 2 ** 32) / weight
}
