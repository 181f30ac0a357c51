import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { ListenerBaseline } from './listener-baseline.ts'
import { defaultEncodingOf, pipesOf, readingModeOf } from './stream-state.ts'
import type { ReadingMode } from './stream-state.ts'

/** How a connection was when its `onConnect` had finished; every lease begins like that. */
export interface FreshState {
  readonly listeners: ListenerBaseline
  readonly mode: ReadingMode
  readonly pipes: readonly unknown[]
  readonly readableEncoding: BufferEncoding | null
  readonly defaultEncoding: BufferEncoding
  readonly timeoutMs: number
}

type TimedStream = Duplex & Partial<Pick<Socket, 'timeout'>>

/** Most connections of a pool are fresh in the same way, and share this. Weak, for it may know somebody's listeners. */
let latest: WeakRef<FreshState> | undefined

export function freshStateOf(stream: TimedStream): FreshState {
  const known = latest?.deref()
  if (known !== undefined && isLike(known, stream)) return known
  const fresh: FreshState = {
    listeners: new ListenerBaseline(stream),
    mode: readingModeOf(stream),
    pipes: pipesOf(stream),
    readableEncoding: stream.readableEncoding,
    defaultEncoding: defaultEncodingOf(stream),
    timeoutMs: stream.timeout ?? 0,
  }
  latest = new WeakRef(fresh)
  return fresh
}

function isLike(known: FreshState, stream: TimedStream): boolean {
  const { flowing, paused, readableListening } = readingModeOf(stream)
  return (
    known.listeners.isIntact(stream) &&
    known.mode.flowing === flowing &&
    known.mode.paused === paused &&
    known.mode.readableListening === readableListening &&
    known.pipes.length === 0 &&
    pipesOf(stream).length === 0 &&
    known.readableEncoding === stream.readableEncoding &&
    known.defaultEncoding === defaultEncodingOf(stream) &&
    known.timeoutMs === (stream.timeout ?? 0)
  )
}
