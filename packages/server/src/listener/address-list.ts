import { BlockList, isIP } from 'node:net'

import { plainAddress, readAddressRange, type AddressRange } from './address-range.ts'

/**
 * Addresses and ranges, to be asked whether an address is among them. An IPv4 address and its IPv6-mapped form are the
 * same, in the list and in the question.
 */
export class AddressList {
  readonly #list = new BlockList()
  /** Most lists are, and are asked for every client: looking into an empty `BlockList` makes objects all the same. */
  readonly #isEmpty: boolean

  /**
   * `name` is what errors call the list, such as `listeners.cache.allow`.
   *
   * @throws RangeError for an entry that {@link readAddressRange} does not take, naming the list and the place.
   */
  constructor(entries: readonly string[], name: string) {
    this.#isEmpty = entries.length === 0
    for (const [place, entry] of entries.entries()) {
      const { family, address, bits } = readEntry(entry, `${name}[${place}]`)
      this.#list.addSubnet(address, bits, family)
    }
  }

  /** Asks: is it among them? What is no address at all never is. */
  has(address: string): boolean {
    if (this.#isEmpty) return false
    const plain = plainAddress(address)
    const version = isIP(plain)
    if (version === 0) return false
    return this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }
}

function readEntry(entry: string, name: string): AddressRange {
  try {
    return readAddressRange(entry)
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${name} ${error.message}`) : error
  }
}
