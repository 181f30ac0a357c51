import type { Entry } from '../pool/entry.ts'

/** The keys remembered for one endpoint: however many there are, memory stays bounded. */
const MOST_KEYS = 1_024

/** Which connection a key last had, so that it gets the same one where that is idle. The least recent are forgotten. */
export class Favourites<C> {
  readonly #entries = new Map<number, Entry<C>>()

  get(key: string): Entry<C> | undefined {
    return this.#entries.get(hashOf(key))
  }

  set(key: string, entry: Entry<C>): void {
    const hash = hashOf(key)
    this.#entries.delete(hash)
    this.#entries.set(hash, entry)
    if (this.#entries.size <= MOST_KEYS) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

/** FNV-1a. Two keys with one hash share a preference, which does no harm; and a long key is not kept. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return hash
}
