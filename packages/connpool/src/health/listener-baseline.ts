/* oxlint-disable eslint/no-underscore-dangle -- see #table */
import type { EventEmitter } from 'node:events'

import { removeReadableListener } from './stream-state.ts'
import type { Duplex } from 'node:stream'

type Listener = (...args: unknown[]) => void
type Table = Readonly<Record<string | symbol, Listener | readonly Listener[] | undefined>>

/** Node's own table of listeners. `eventNames()` builds an array of all names, which takes a hundred times longer. */
interface EmitterInternals {
  readonly _events?: Table
  readonly _eventsCount?: number
}

/**
 * The listeners that belong to a connection for its whole life: Node's own, the pool's, and those of `onConnect`. Every
 * other one was left behind by a user.
 */
export class ListenerBaseline {
  readonly #names: readonly (string | symbol)[]
  /** By position of the name. Raw listeners, so that a `once` is told apart from an `on` of the same function. */
  readonly #listeners: readonly (readonly Listener[])[]

  constructor(emitter: EventEmitter) {
    this.#names = emitter.eventNames()
    this.#listeners = this.#names.map((name) => rawListeners(emitter, name))
  }

  includes(name: string): boolean {
    return this.#names.includes(name)
  }

  /** Asks: are exactly these on it now? Called at every release, so it takes the short way where there is one. */
  isIntact(emitter: EventEmitter): boolean {
    const { _events: table, _eventsCount: count } = emitter as EmitterInternals
    if (table === undefined || count === undefined) return this.#isIntactTheLongWay(emitter)
    if (count !== this.#names.length) return false
    for (let index = 0; index < this.#names.length; index++) {
      if (!isSame(table[this.#names[index] as string], this.#listeners[index])) return false
    }
    return true
  }

  /** Removes every other listener; false where one of these is missing, or where removing would not be enough. */
  restore(stream: Duplex): boolean {
    for (const name of stream.eventNames()) {
      if (!this.#removeSurplus(stream, name)) return false
    }
    return this.isIntact(stream)
  }

  #removeSurplus(stream: Duplex, name: string | symbol): boolean {
    const kept = [...(this.#listeners[this.#names.indexOf(name)] ?? [])]
    const surplus = rawListeners(stream, name).filter((listener) => !takeOut(kept, listener))
    // Something pipes into this connection. Only the source could stop that, and nobody here knows it.
    if (name === 'unpipe' && surplus.length > 0) return false
    for (const listener of surplus.toReversed()) {
      if (name === 'readable') removeReadableListener(stream, listener)
      else stream.removeListener(name, listener)
    }
    return true
  }

  #isIntactTheLongWay(emitter: EventEmitter): boolean {
    if (emitter.eventNames().length !== this.#names.length) return false
    return this.#names.every((name, index) => isSame(rawListeners(emitter, name), this.#listeners[index]))
  }
}

function isSame(found: Listener | readonly Listener[] | undefined, expected: readonly Listener[] | undefined): boolean {
  if (found === undefined || expected === undefined) return false
  if (typeof found === 'function') return expected.length === 1 && expected[0] === found
  if (found.length !== expected.length) return false
  for (let index = 0; index < found.length; index++) {
    if (found[index] !== expected[index]) return false
  }
  return true
}

/** Takes one occurrence out; false where there is none. */
function takeOut(listeners: Listener[], listener: Listener): boolean {
  const index = listeners.indexOf(listener)
  if (index === -1) return false
  listeners.splice(index, 1)
  return true
}

function rawListeners(emitter: EventEmitter, name: string | symbol): Listener[] {
  return emitter.rawListeners(name) as Listener[]
}
