import { Entry, type EntryState, type Examination } from './entry.ts'
import { IdleList } from './idle-list.ts'
import type { SharedSlots } from './shared-slots.ts'

/** All connections of a pool, from the decision to dial until nothing is left of them, and how many are in which state. */
export class Roster<C> {
  readonly idle: IdleList<C>
  dialing = 0
  probing = 0
  closing = 0
  /** How many of those probing are so in the background. */
  background = 0
  readonly #entries: Entry<C>[] = []
  readonly #slots: SharedSlots | undefined
  #lastId = 0

  constructor(idleOrder: 'lifo' | 'fifo', slots: SharedSlots | undefined) {
    this.idle = new IdleList(idleOrder, slots)
    this.#slots = slots
  }

  get entries(): readonly Entry<C>[] {
    return this.#entries
  }

  /** How many slots are taken. */
  get size(): number {
    return this.#entries.length
  }

  /** Open connections. */
  get total(): number {
    return this.#entries.length - this.dialing - this.closing
  }

  /** The idle ones are counted by their list; the leased ones are the rest. */
  get leased(): number {
    return this.total - this.idle.length - this.probing
  }

  get lastId(): number {
    return this.#lastId
  }

  /** A slot for a connection that is to be dialed. */
  add(generation: number, now: number): Entry<C> {
    const entry = new Entry<C>(++this.#lastId, generation, now)
    entry.index = this.#entries.length
    this.#entries.push(entry)
    this.dialing++
    this.#slots?.taken()
    return entry
  }

  move(entry: Entry<C>, state: EntryState, now: number): void {
    if (entry.state === 'probing' && entry.examination === 'background') this.background--
    this.#count(entry.state, -1)
    this.#count(state, 1)
    if (entry.state === 'idle') this.idle.remove(entry)
    if (state === 'idle') this.idle.push(entry)
    entry.state = state
    entry.since = now
  }

  examine(entry: Entry<C>, examination: Examination, now: number): void {
    this.move(entry, 'probing', now)
    entry.examination = examination
    if (examination === 'background') this.background++
  }

  remove(entry: Entry<C>): void {
    this.move(entry, 'gone', entry.since)
    this.#slots?.freed()
    const last = this.#entries.pop()
    if (last === undefined || last === entry) return
    last.index = entry.index
    this.#entries[entry.index] = last
  }

  #count(state: EntryState, change: 1 | -1): void {
    if (state === 'dialing' || state === 'probing' || state === 'closing') this[state] += change
    if (state === 'closing') this.#slots?.noteClosing(change)
  }
}
