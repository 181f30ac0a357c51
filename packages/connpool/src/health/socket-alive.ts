import { isQuiet } from './ask-peer.ts'
import { afterPoll } from './poll-turn.ts'
import type { SocketProbe } from './probe.ts'

/**
 * A probe that sends nothing: healthy if, after one full turn of the event loop, the connection is open and has nothing
 * unread. It sees what the kernel already knows; a peer that is gone without a word looks alive.
 */
export function socketAlive(): SocketProbe {
  return (connection, { signal }) =>
    new Promise((resolve) => {
      if (!isQuiet(connection)) resolve(false)
      else afterPoll(() => resolve(!signal.aborted && isQuiet(connection)))
    })
}
