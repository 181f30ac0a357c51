import { onOneLine } from './lines.ts'
import { type FramedProtocol, type Ping, ProtocolError } from './protocol.ts'
import { claimOf } from './redis/claim.ts'
import { isEmptyCommand } from './redis/empty-command.ts'
import { RedisReplyScanner } from './redis/reply-scanner.ts'
import { RedisRequestScanner } from './redis/request-scanner.ts'

const NOTHING = new Uint8Array()

/** Clients log in themselves, so who wants that first is well. Any other error, as `-LOADING`: of no use now. */
const WELL = /^(?:\+PONG|-NOAUTH [^\r\n]*)\r\n$/

const PING: Ping = {
  request: Buffer.from('*1\r\n$4\r\nPING\r\n'),
  isHealthy: (reply) => WELL.test(Buffer.from(reply).toString('latin1')),
}

/**
 * What Redis, Valkey and their like speak: RESP2 and RESP3, and commands typed by hand. A command that leaves something
 * behind on its connection, or blocks it, gets one of its own, and so does all that its client sends after it. What a
 * handler is given, and answers, is RESP as it stands.
 */
export function redis(): FramedProtocol {
  return {
    name: 'redis',
    pooling: 'exchange',
    requests: (limit) => new RedisRequestScanner(limit),
    replies: () => new RedisReplyScanner(),
    payload: (frame) => frame,
    frame: asOneReply,
    refusal: ({ message }) => Buffer.from(`-ERR connpool: ${onOneLine(message)}\r\n`),
    claim: claimOf,
    answer: (request) => (isEmptyCommand(request) ? NOTHING : undefined),
    ping: PING,
  }
}

function asOneReply(payload: Uint8Array): Uint8Array {
  if (new RedisReplyScanner().scan(payload, 0) === payload.length) return payload
  throw new ProtocolError('a handler of redis answers one whole reply, as "+OK\\r\\n"')
}
