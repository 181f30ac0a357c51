import { askPeer } from './ask-peer.ts'
import type { SocketProbe } from './probe.ts'
import { exactly } from './reply-matcher.ts'

const PING = Buffer.from('*1\r\n$4\r\nPING\r\n')
const PONG = Buffer.from('+PONG\r\n')

/**
 * A probe for Redis and what speaks its protocol: sends `PING` and wants exactly `+PONG`. An error reply, as `-NOAUTH` or
 * `-LOADING`, means that the connection is of no use now: unhealthy.
 */
export function redisPing(): SocketProbe {
  return (connection, { signal }) => askPeer(connection, PING, exactly(PONG), signal)
}
