/* oxlint-disable eslint/no-underscore-dangle -- this file is where Node's stream state is touched, and the only one */
/**
 * What a stream does not tell in public but a pool has to know, or to set back, in the same turn. The public way of
 * leaving a 'readable' or flowing phase finishes one tick later, and a connection may be lent again before that.
 *
 * The names used here have not changed since Node 10 (they became accessors over a bit field in 20) and exist in the
 * `readable-stream` package too; tests run them on every Node we support.
 */
import { EventEmitter } from 'node:events'
import type { Duplex, Writable } from 'node:stream'

interface ReadableState {
  ended: boolean
  flowing: boolean | null
  paused: boolean
  readableListening: boolean
  resumeScheduled: boolean
  readonly pipes: readonly Writable[]
}

interface WritableState {
  defaultEncoding: BufferEncoding
}

interface Internals {
  readonly _readableState: ReadableState
  readonly _writableState: WritableState
}

/** How a stream is being read: the part of its state that a user may change and a pool has to put back. */
export interface ReadingMode {
  readonly flowing: boolean | null
  readonly paused: boolean
  readonly readableListening: boolean
}

/** Asks: has the end been received, be it unread? `readableEnded` says so only after 'end', which unread bytes delay. */
export function hasEnded(stream: Duplex): boolean {
  return internals(stream)._readableState.ended
}

/** Where it is piped to; a copy, for unpiping changes the original. */
export function pipesOf(stream: Duplex): readonly Writable[] {
  return [...internals(stream)._readableState.pipes]
}

export function defaultEncodingOf(stream: Duplex): BufferEncoding {
  return internals(stream)._writableState.defaultEncoding
}

export function readingModeOf(stream: Duplex): ReadingMode {
  const { flowing, readableListening } = internals(stream)._readableState
  return { flowing, paused: stream.isPaused(), readableListening }
}

/** Puts the reading mode back, now. The listeners that belong to the mode must be there, and no others. */
export function setReadingMode(stream: Duplex, { flowing, paused, readableListening }: ReadingMode): void {
  // After `removeAllListeners('data')` Node still believes in a listener, and would let bytes flow to nobody the next
  // time a 'readable' listener is removed. Removing any listener by name makes it count.
  stream.removeListener('data', nobody)
  const state = internals(stream)._readableState
  state.flowing = flowing
  state.readableListening = readableListening
  if (state.paused !== paused) state.paused = paused
  // A resume() of the last tick is forgotten. Left standing, a 'readable' listener removed in that same tick would set
  // the stream flowing after this, and bytes would be lost.
  state.resumeScheduled = false
}

/**
 * Removes a 'readable' listener without the tick that Node adds to look for others: that tick would undo a pause() or
 * resume() of whoever has the stream by then. The caller sets the reading mode.
 */
export function removeReadableListener(stream: Duplex, listener: (...args: unknown[]) => void): void {
  EventEmitter.prototype.removeListener.call(stream, 'readable', listener)
}

/**
 * From now on nobody gets what arrives, and the end is found. A listener that drops is more than `resume()`: a tick of
 * the last user's that is still to come can stop a flow that nobody listens to.
 */
export function dropIncoming(stream: Duplex): void {
  stream.unpipe()
  stream.removeAllListeners('data')
  for (const listener of stream.rawListeners('readable')) {
    removeReadableListener(stream, listener as (...args: unknown[]) => void)
  }
  setReadingMode(stream, { flowing: null, paused: false, readableListening: false })
  stream.on('data', nobody)
}

function internals(stream: Duplex): Internals {
  return stream as unknown as Internals
}

function nobody(): void {}
