import { BoundedLoad } from './bounded-load.ts'
import { endpointAt } from './endpoint-at.ts'
import { hashOf, mixed } from './hash.ts'
import { SLOT_BITS, SlotOwners } from './slot-owners.ts'
import type { BalancedEndpoint } from './balancer.ts'

/** After so many choices without room, anyone who has room will do. */
const CHOICES = 8

/** Chooses by a key: the owner of the key's first slot that has room. Takes a megabyte, however many keys there are. */
export class KeyedChoice {
  readonly #owners = new SlotOwners()
  readonly #load = new BoundedLoad()
  #endpoints: readonly BalancedEndpoint[] = []

  pick(endpoints: readonly BalancedEndpoint[], key: string): BalancedEndpoint {
    this.#follow(endpoints)
    const hash = hashOf(key, 0)
    for (let choice = 0; choice < CHOICES; choice++) {
      const endpoint = this.#owners.ownerOf(slotOf(hash, choice))
      if (endpoint !== undefined && this.#load.hasRoom(endpoint)) return endpoint
    }
    return this.#anyWithRoom(endpoints, hash)
  }

  loadChanged(endpoint: BalancedEndpoint): void {
    this.#load.changed(endpoint)
  }

  weightChanged(endpoint: BalancedEndpoint): void {
    this.#load.changed(endpoint)
    this.#owners.weightChanged(endpoint)
  }

  #follow(endpoints: readonly BalancedEndpoint[]): void {
    if (endpoints === this.#endpoints) return
    this.#endpoints = endpoints
    this.#load.follow(endpoints)
    this.#owners.follow(endpoints)
  }

  /** Where one without room owns most slots he may own all the choices of a key. One of the others always has room. */
  #anyWithRoom(endpoints: readonly BalancedEndpoint[], hash: number): BalancedEndpoint {
    const start = hash % endpoints.length
    for (let step = 0; step < endpoints.length; step++) {
      const endpoint = endpointAt(endpoints, (start + step) % endpoints.length)
      if (this.#load.hasRoom(endpoint)) return endpoint
    }
    return endpointAt(endpoints, start)
  }
}

/** The slots of a key are as if drawn anew for each choice. The golden ratio sets the choices far apart. */
function slotOf(hash: number, choice: number): number {
  return mixed(hash + choice * 0x9e_37_79_b9) >>> (32 - SLOT_BITS)
}
