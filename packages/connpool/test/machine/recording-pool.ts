/**
 * The rules of a pool, driven by hand as the shell drives them, with a record of what they order. Callers have names,
 * connections have numbers; time stands still unless it is told to pass.
 */
import type { BreakerState, Outcome } from '../../src/breaker/breaker-rule.ts'
import type { CloseReason, PoolStats } from '../../src/metrics/stats.ts'
import type { Entry } from '../../src/pool/entry.ts'
import type { GivenUp, PoolEffects, Refusal, TakenBack } from '../../src/pool/pool-effects.ts'
import { PoolMachine } from '../../src/pool/pool-machine.ts'
import type { PoolRules } from '../../src/pool/pool-rules.ts'
import { statsOf } from '../../src/pool/pool-stats.ts'
import { promiseOfLease, takeWaiter, type Waiter } from '../../src/pool/waiter.ts'
import type { Thing } from './records.ts'
import { rulesWith } from './rules.ts'

export class RecordingPool implements PoolEffects<Thing> {
  readonly machine: PoolMachine<Thing>
  now = 0
  /** When the machine wants to be woken. */
  wakesAt = Infinity
  /** Whether connections have a wire. */
  readonly #kind: 'objects' | 'streams'
  readonly #entries = new Map<number, Entry<Thing>>()
  readonly #waiters = new Map<string, Waiter<Thing>>()
  readonly #flaws = new Map<number, CloseReason>()
  #told: string[] = []

  constructor(rules: Partial<PoolRules> = {}, kind: 'objects' | 'streams' = 'objects') {
    this.#kind = kind
    this.machine = new PoolMachine<Thing>(rulesWith(rules), this)
    this.machine.look(this.now)
  }

  /** What is told from the beginning, or from the last {@link listen} on. */
  get told(): readonly string[] {
    return this.#told
  }

  /** A record of what is told from now on. */
  listen(): readonly string[] {
    this.#told = []
    return this.#told
  }

  get stats(): PoolStats {
    return statsOf(this.machine)
  }

  // --- callers ---

  acquire(name: string, timeoutMs = 10_000): void {
    const entry = this.machine.takeAtOnce(this.now) ?? this.#take()
    if (entry !== undefined) return this.#tell(`grant ${entry.id} to ${name}`)
    const waiter = this.#waiter(name, timeoutMs)
    if (!this.machine.queued(waiter, this.now)) this.machine.acquire(waiter, this.now)
  }

  tryAcquire(name: string): void {
    const entry = this.machine.takeAtOnce(this.now) ?? this.machine.take(true, this.now)
    this.#tell(entry === undefined ? `nothing for ${name}` : `grant ${entry.id} to ${name}`)
  }

  cancel(name: string): void {
    this.machine.cancel(this.waiter(name))
  }

  /** Comes back clean, or is closed for the reason given. */
  release(id: number, flaw?: CloseReason): void {
    const entry = this.entry(id)
    if (flaw === undefined && this.machine.cameBackClean(entry, this.now)) return
    this.machine.released(entry, flaw, this.now)
  }

  detach(id: number): void {
    this.machine.detached(this.entry(id), this.now)
  }

  /** It failed somebody who had it since then. */
  endpointFailed(id: number, since = this.now): void {
    this.machine.endpointFailed(this.entry(id), since, this.now)
  }

  // --- the world ---

  dialed(id: number, draw = 0): void {
    const entry = this.entry(id)
    entry.connection = entry
    // The rules only ask whether it is there.
    if (this.#kind === 'streams') entry.keeper = entry as unknown as NonNullable<typeof entry.keeper>
    this.machine.dialed(entry, draw, this.now)
  }

  /** Refused by the endpoint. `draw` is what chance says: 1 is the longest delay before another dial. */
  dialFailed(id: number, draw = 0): void {
    this.machine.dialFailed(this.entry(id), { isLocal: false, draw }, this.now)
  }

  /** For want of something on this machine. */
  dialFailedHere(id: number, draw = 0): void {
    this.machine.dialFailed(this.entry(id), { isLocal: true, draw }, this.now)
  }

  /** Connected, but not set up: there is something to close. */
  setupFailed(id: number): void {
    const entry = this.entry(id)
    entry.connection = entry
    this.dialFailed(id)
  }

  examined(id: number, health: 'sound' | 'unsound' = 'sound'): void {
    this.machine.examined(this.entry(id), health === 'sound', this.now)
  }

  lost(id: number, reason: CloseReason = 'peer-closed', draw = 0): void {
    this.machine.lost(this.entry(id), reason, draw, this.now)
  }

  /** Its wire breaks without a word: only who looks sees it. */
  breaks(id: number): void {
    this.#flaws.set(id, 'peer-closed')
  }

  /** A dial that was given up connects. */
  openedInVain(id: number): void {
    this.machine.openedInVain(this.entry(id), this.now)
  }

  closed(...ids: number[]): void {
    for (const id of ids) this.machine.closed(this.entry(id), this.now)
  }

  /** Time passes, and the machine is woken whenever it has asked for it. */
  passes(ms: number, draw = 0): void {
    const end = this.now + ms
    while (this.wakesAt <= end) {
      this.now = Math.max(this.now, this.wakesAt)
      this.wakes(draw)
    }
    this.now = end
  }

  /** Time passes without the loop turning: whatever is due then is late. */
  stalls(ms: number): void {
    this.now += ms
    if (this.wakesAt <= this.now) this.wakes()
  }

  wakes(draw = 0): void {
    this.wakesAt = Infinity
    this.machine.tick(draw, this.now)
  }

  polled(draw = 0): void {
    this.machine.polled(draw, this.now)
  }

  // --- what is known of them ---

  entry(id: number): Entry<Thing> {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new Error(`connection ${id} was never dialed`)
    return entry
  }

  waiter(name: string): Waiter<Thing> {
    const waiter = this.#waiters.get(name)
    if (waiter === undefined) throw new Error(`${name} has not been put in the queue`)
    return waiter
  }

  // --- effects ---

  dial(entry: Entry<Thing>): void {
    this.#entries.set(entry.id, entry)
    this.#tell(`dial ${entry.id}`)
  }

  giveUpDial({ id }: Entry<Thing>, why: GivenUp): void {
    this.#tell(`give up dial ${id}: ${why}`)
  }

  grant(waiter: Waiter<Thing>, { id }: Entry<Thing>): void {
    this.#tell(`grant ${id} to ${this.#nameOf(waiter)}`)
  }

  refuse(waiter: Waiter<Thing>, refusal: Refusal): void {
    this.#tell(`refuse ${this.#nameOf(waiter)}: ${refusal}`)
  }

  flaw({ id }: Entry<Thing>): CloseReason | undefined {
    return this.#flaws.get(id)
  }

  examine({ id, examination }: Entry<Thing>): void {
    this.#tell(`examine ${id}: ${examination}`)
  }

  close({ id }: Entry<Thing>, reason: CloseReason | undefined): void {
    this.#tell(`close ${id}: ${reason ?? 'never open'}`)
  }

  abandon({ id }: Entry<Thing>): void {
    this.#tell(`abandon ${id}`)
  }

  endLease({ id }: Entry<Thing>, why: TakenBack): void {
    this.#tell(`end lease of ${id}: ${why}`)
  }

  warnOfLeak({ id }: Entry<Thing>): void {
    this.#tell(`warn of ${id}`)
  }

  wakeAt(time: number): void {
    this.wakesAt = time
  }

  afterPoll(): void {
    this.#tell('poll first')
  }

  breakerChanged(state: BreakerState): void {
    this.#tell(`breaker ${state}`)
  }

  askRule(outcome: Outcome, state: BreakerState): void {
    this.#tell(`rule: ${outcome}, ${state}`)
  }

  drained(): void {
    this.#tell('drained')
  }

  #take(): Entry<Thing> | undefined {
    return this.machine.hasIdle ? this.machine.take(false, this.now) : undefined
  }

  #waiter(name: string, timeoutMs: number): Waiter<Thing> {
    void promiseOfLease()
    const waiter = takeWaiter<Thing>()
    waiter.since = this.now
    waiter.timeoutMs = timeoutMs
    this.#waiters.set(name, waiter)
    return waiter
  }

  #nameOf(waiter: Waiter<Thing>): string {
    for (const [name, each] of this.#waiters) if (each === waiter) return name
    return 'nobody we know'
  }

  #tell(what: string): void {
    this.#told.push(what)
  }
}
