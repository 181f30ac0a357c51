import { isIPv6 } from 'node:net'

/** How many wrong tokens may come from an address at once, and how long it takes until one more may. */
const BURST = 10
const REFILL_MS = 6_000
/** Addresses that are remembered; those beyond are taken for one. */
const MOST_ADDRESSES = 1_000
const OTHERS = 'others'

/** Counts wrong tokens by the address they come from: ten a minute, so that none is found by trying. */
export class GuessLimit {
  /** When an address will have all its guesses again. */
  readonly #fullAt = new Map<string, number>()

  /** How long this address must wait before its next try, in milliseconds; 0: it may try now. */
  waitMs(address: string, now: number): number {
    const owedMs = (this.#fullAt.get(this.#keyOf(address)) ?? now) - now
    return Math.max(0, owedMs - (BURST - 1) * REFILL_MS)
  }

  /** A wrong token came. */
  failed(address: string, now: number): void {
    if (this.#fullAt.size >= MOST_ADDRESSES) this.#forgetFull(now)
    const key = this.#keyOf(address)
    this.#fullAt.set(key, Math.max(this.#fullAt.get(key) ?? now, now) + REFILL_MS)
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#fullAt.size
  }

  #keyOf(address: string): string {
    const key = networkOf(address)
    return this.#fullAt.has(key) || this.#fullAt.size < MOST_ADDRESSES ? key : OTHERS
  }

  #forgetFull(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt <= now) this.#fullAt.delete(key)
    }
  }
}

/** One who has an IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [left = '', right] = address.split('::')
  const groups = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? [] : new Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}
