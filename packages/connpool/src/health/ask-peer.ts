/**
 * One question and its answer, on a connection that nobody else uses meanwhile. Whatever is not exactly the expected
 * answer is `false`: another byte, one byte too many, the peer's end, an error, an abort. Afterwards no listener of this
 * is on the connection, and it is read as it was before.
 */
import type { Socket } from 'node:net'

import { afterPoll } from './poll-turn.ts'
import type { ReplyMatcher, Verdict } from './reply-matcher.ts'
import { hasEnded, readingModeOf, removeReadableListener, setReadingMode } from './stream-state.ts'

export function askPeer(
  connection: Socket,
  question: Uint8Array,
  reply: ReplyMatcher,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted || !isQuiet(connection)) return Promise.resolve(false)
  return new Promise((resolve) => {
    const mode = readingModeOf(connection)
    let verdict: Verdict = 'incomplete'
    let isSettled = false
    const settle = (isAlive: boolean): void => {
      if (isSettled) return
      isSettled = true
      removeReadableListener(connection, read)
      connection.off('end', fail).off('error', fail).off('close', fail)
      signal.removeEventListener('abort', fail)
      setReadingMode(connection, mode)
      resolve(isAlive)
    }
    const fail = (): void => settle(false)
    const conclude = (): void => settle(verdict === 'complete' && isQuiet(connection))
    const read = (): void => {
      verdict = readReply(connection, reply)
      if (verdict === 'incomplete') return
      // TLS may deliver the answer one turn before it calls the question written.
      if (verdict === 'complete' && connection.writableLength > 0) afterPoll(conclude)
      else conclude()
    }
    connection.on('readable', read).on('end', fail).on('error', fail).on('close', fail)
    signal.addEventListener('abort', fail)
    connection.write(question)
  })
}

/** Asks: is it open in both directions, with nothing under way in either? */
export function isQuiet(connection: Socket): boolean {
  return (
    connection.writable &&
    !connection.destroyed &&
    !hasEnded(connection) &&
    connection.readableLength === 0 &&
    connection.writableLength === 0
  )
}

/** Reads all there is, or up to what is wrong. */
function readReply(connection: Socket, reply: ReplyMatcher): Verdict {
  let verdict: Verdict = 'incomplete'
  for (let chunk = readChunk(connection); chunk !== undefined; chunk = readChunk(connection)) {
    verdict = reply.take(chunk)
    if (verdict === 'wrong') break
  }
  return verdict
}

/** Bytes, also where `onConnect` has set an encoding. */
function readChunk(connection: Socket): Uint8Array | undefined {
  const chunk = connection.read() as Uint8Array | string | null
  if (chunk === null) return undefined
  return typeof chunk === 'string' ? Buffer.from(chunk, connection.readableEncoding ?? 'utf8') : chunk
}
