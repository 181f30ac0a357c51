import { onOneLine } from './lines.ts'
import { BlockScanner } from './memcached/block-scanner.ts'
import { readCommand } from './memcached/command.ts'
import { replyLine, requestLine } from './memcached/line-meanings.ts'
import { type FramedProtocol, type Ping, ProtocolError } from './protocol.ts'

/**
 * Lines as memcached speaks them, some with a block of data after them. Commands that want no reply (`noreply`, the flag
 * `q`), and all that are not exactly as they should be, get a connection of their own, and so does all that their client
 * sends after them: on another one a later command could overtake them. What a handler is given, and answers, stands as it
 * goes over the wire.
 */
export function memcached(): FramedProtocol {
  return {
    name: 'memcached',
    pooling: 'exchange',
    requests: (limit) => new BlockScanner(requestLine, limit),
    replies: () => new BlockScanner(replyLine),
    payload: (frame) => frame,
    frame: asOneReply,
    refusal: ({ message }) => Buffer.from(`SERVER_ERROR connpool: ${onOneLine(message)}\r\n`),
    claim: (request) => readCommand(request, 0, request.indexOf(LF) + 1).claim,
    ping: VERSION,
  }
}

const LF = 0x0a

const VERSION: Ping = {
  request: Buffer.from('version\r\n'),
  isHealthy: (reply) => Buffer.from(reply).toString('latin1').startsWith('VERSION '),
}

function asOneReply(payload: Uint8Array): Uint8Array {
  if (new BlockScanner(replyLine).scan(payload, 0) === payload.length) return payload
  throw new ProtocolError('a handler of memcached answers one whole reply, as "STORED\\r\\n"')
}
