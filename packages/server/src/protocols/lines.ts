import type { Refusal } from '../refusal.ts'
import { stricterLimit } from './frame-limit.ts'
import { LineScanner } from './line-scanner.ts'
import { type FramedProtocol, ProtocolError } from './protocol.ts'
import { BYTES, checkOptions } from './protocol-options.ts'

const LF = 0x0a
const CR = 0x0d

export interface LinesOptions {
  /** Longest request in bytes, its end included, where the listener's `maxRequestSize` allows more. @default Infinity */
  readonly maxBytes?: number | undefined
}

/**
 * A request is a line and so is its reply. A line ends with a line feed; a carriage return before that is part of the end.
 * Refusals are `ERR connpool: …`. For memcached, whose replies may have many lines, there is `memcached()`.
 *
 * @throws ProtocolOptionError naming the option.
 */
export function lines(options: LinesOptions = {}): FramedProtocol {
  checkOptions('lines', options, { maxBytes: BYTES })
  return {
    name: 'lines',
    pooling: 'exchange',
    requests: (limit) => new LineScanner(stricterLimit(limit, options.maxBytes)),
    replies: () => new LineScanner(),
    payload: withoutEnd,
    frame: asLine,
    refusal: ({ message }: Refusal) => Buffer.from(`ERR connpool: ${onOneLine(message)}\n`),
  }
}

/** What stands in a line, without its end. A view into it. */
function withoutEnd(line: Uint8Array): Uint8Array {
  if (line.at(-1) !== LF) return line
  return line.subarray(0, line.at(-2) === CR ? -2 : -1)
}

/** A message may quote what somebody sent: a line break in it would end the reply. */
export function onOneLine(message: string): string {
  return message.replaceAll(/[\r\n]+/g, ' ')
}

function asLine(payload: Uint8Array): Uint8Array {
  if (payload.includes(LF)) throw new ProtocolError('a line cannot have a line feed in it')
  return Buffer.concat([payload, Buffer.of(LF)])
}
