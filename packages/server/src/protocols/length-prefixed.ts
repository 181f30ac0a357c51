import { LengthPrefix } from './length-prefixed/length-prefix.ts'
import { PrefixedScanner } from './length-prefixed/prefixed-scanner.ts'
import { stricterLimit } from './frame-limit.ts'
import type { FramedProtocol } from './protocol.ts'
import { BOOLEAN, BYTES, checkOptions, oneOf } from './protocol-options.ts'

export interface LengthPrefixedOptions {
  /** How many bytes the length takes. @default 4 */
  readonly bytes?: 1 | 2 | 4 | 8 | undefined
  /** Which end of the length comes first. @default 'big' */
  readonly endian?: 'big' | 'little' | undefined
  /** The length counts its own bytes too. @default false */
  readonly includesLength?: boolean | undefined
  /** Longest request in bytes, its length included, where the listener's `maxRequestSize` allows more. @default Infinity */
  readonly maxBytes?: number | undefined
}

/**
 * Requests and replies that begin with their length, an unsigned integer. What a handler is given, and answers, goes
 * without it. A refusal is a frame with `ERR connpool: …` in it, cut where the length could not count more.
 *
 * @throws ProtocolOptionError naming the option.
 */
export function lengthPrefixed(options: LengthPrefixedOptions = {}): FramedProtocol {
  checkOptions('length-prefixed', options, {
    bytes: oneOf(1, 2, 4, 8),
    endian: oneOf('big', 'little'),
    includesLength: BOOLEAN,
    maxBytes: BYTES,
  })
  const prefix = new LengthPrefix(options)
  return {
    name: 'length-prefixed',
    pooling: 'exchange',
    requests: (limit) => new PrefixedScanner(prefix, stricterLimit(limit, options.maxBytes)),
    replies: () => new PrefixedScanner(prefix),
    payload: (frame) => frame.subarray(prefix.bytes),
    frame: (payload) => Buffer.concat([prefix.of(payload.length), payload]),
    refusal({ message }) {
      const text = prefix.cut(`ERR connpool: ${message}`)
      return Buffer.concat([prefix.of(text.length), text])
    },
  }
}
