import { askPeer } from './ask-peer.ts'
import type { SocketProbe } from './probe.ts'
import { lineBeginningWith } from './reply-matcher.ts'

const QUESTION = Buffer.from('version\r\n')
const PREFIX = Buffer.from('VERSION ')

/** A version is a handful of characters; a peer that goes on longer does not speak memcached. */
const MAX_REPLY_BYTES = 256

/** A probe for memcached (text protocol): sends `version` and wants one line `VERSION …`. */
export function memcachedVersion(): SocketProbe {
  return (connection, { signal }) => askPeer(connection, QUESTION, lineBeginningWith(PREFIX, MAX_REPLY_BYTES), signal)
}
