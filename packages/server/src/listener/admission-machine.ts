import type { RefusalReason } from '../refusal.ts'
import { AcceptBreaker } from './accept-breaker.ts'

export interface AdmissionRules {
  readonly maxClients: number
  /** `Infinity`: not limited. */
  readonly maxClientsPerAddress: number
  /** Whether {@link AdmissionMachine.takeChanges} is asked. */
  readonly tellsChanges: boolean
  /** Undefined: all are allowed. */
  readonly allow: Addresses | undefined
  /** Comes before `allow`. */
  readonly deny: Addresses
}

/** An {@link AddressList}, as far as it is asked. */
export interface Addresses {
  has(address: string): boolean
}

/**
 * Which clients of a listener may come in. The cheapest checks and the surest refusals come first; a client who is refused
 * is not counted. What is remembered of an address is forgotten with its last client, so that memory is bounded by
 * `maxClients`.
 *
 * Addresses are to be plain (see {@link plainAddress}). `undefined` is a client who has none, on a Unix socket, or none
 * that is known yet, before its PROXY header.
 *
 * Pure: time is an argument, in milliseconds.
 */
export class AdmissionMachine {
  #rules: AdmissionRules
  readonly #breaker = new AcceptBreaker()
  readonly #perAddress = new Map<string, number>()
  /** Addresses that have another number of clients than was told last. */
  readonly #changed = new Set<string>()
  #clients = 0
  #isOverloaded = false

  constructor(rules: AdmissionRules) {
    this.#rules = rules
  }

  /** How many have come in and not left. */
  get clients(): number {
    return this.#clients
  }

  /** Of how many addresses there are clients now. */
  get addresses(): number {
    return this.#perAddress.size
  }

  /** What new clients meet while no endpoint can be reached (`open`) and in the first time after (`ramp`). */
  get breakerState(): AcceptBreaker['state'] {
    return this.#breaker.state
  }

  /** Asks: does every new client meet a refusal, by what the monitors say? */
  get isOverloaded(): boolean {
    return this.#isOverloaded
  }

  /** Clients who have come in stay, whatever the new rules are. */
  setRules(rules: AdmissionRules): void {
    const told = this.#rules.tellsChanges
    this.#rules = rules
    if (!rules.tellsChanges) this.#changed.clear()
    else if (!told) for (const address of this.#perAddress.keys()) this.#changed.add(address)
  }

  /** How many clients there are by address, of those where that may have changed since it was asked last. */
  takeChanges(): Record<string, number> {
    const changes = [...this.#changed].map((address) => [address, this.#perAddress.get(address) ?? 0] as const)
    this.#changed.clear()
    return Object.fromEntries(changes)
  }

  /** What the monitors say of this process. */
  setOverloaded(isOverloaded: boolean): void {
    this.#isOverloaded = isOverloaded
  }

  /** None of the upstream's endpoints can be reached: clients are refused as `unavailable`, but for one now and then. */
  unreachable(): void {
    this.#breaker.unreachable()
  }

  /** One can: clients come in again, one, two, four and so on in each tenth of a second. */
  reachable(now: number): void {
    this.#breaker.reachable(now)
  }

  /** Why this client must not come in; undefined: it is in, and {@link left} has to be called when it goes. */
  admit(address: string | undefined, now: number): RefusalReason | undefined {
    const refusal = this.#refusalOf(address) ?? this.#refusalForNow(now)
    if (refusal !== undefined) return refusal
    this.#clients++
    this.#count(address)
    return undefined
  }

  /**
   * A client who came in without an address has one now: why it must not stay. Undefined: it may, and leaves with this
   * address; otherwise it leaves with none.
   */
  identify(address: string): RefusalReason | undefined {
    const refusal = this.#refusalOf(address)
    if (refusal === undefined) this.#count(address)
    return refusal
  }

  /** A client who had come in has gone. */
  left(address: string | undefined): void {
    if (this.#clients === 0) throw new Error('bug: a client leaves, but there is none')
    if (address !== undefined) this.#uncount(address)
    this.#clients--
  }

  #refusalOf(address: string | undefined): RefusalReason | undefined {
    if (address === undefined) return undefined
    const { allow, deny, maxClientsPerAddress } = this.#rules
    if (deny.has(address) || allow?.has(address) === false) return 'not-allowed'
    return (this.#perAddress.get(address) ?? 0) >= maxClientsPerAddress ? 'too-many-from-address' : undefined
  }

  /** The breaker comes last: it counts whom it lets through. */
  #refusalForNow(now: number): RefusalReason | undefined {
    if (this.#isOverloaded) return 'overloaded'
    if (this.#clients >= this.#rules.maxClients) return 'too-many-clients'
    return this.#breaker.admits(now) ? undefined : 'unavailable'
  }

  #count(address: string | undefined): void {
    if (address !== undefined) this.#setCount(address, (this.#perAddress.get(address) ?? 0) + 1)
  }

  #uncount(address: string): void {
    const count = this.#perAddress.get(address) ?? 0
    if (count === 0) throw new Error(`bug: a client leaves from ${address}, but there is none`)
    this.#setCount(address, count - 1)
  }

  #setCount(address: string, count: number): void {
    if (count === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, count)
    if (this.#rules.tellsChanges) this.#changed.add(address)
  }
}
