import { latin1 } from '../latin1.ts'
import { ProtocolError } from '../protocol.ts'
import type { LineMeaning } from './block-scanner.ts'
import { readCommand } from './command.ts'
import { readDecimal } from './decimal.ts'

/** The first byte of memcached's binary protocol. */
const BINARY = 0x80

const LF = '\n'
/** Lengths are signed numbers of 32 bits. */
const GREATEST_BLOCK = 2 ** 31 - 1

const LAST: LineMeaning = { blockBytes: -1, isLast: true }
const MORE: LineMeaning = { blockBytes: -1, isLast: false }

/** What a line of a request says. */
export function requestLine(line: Uint8Array, start: number, end: number): LineMeaning {
  if (line[start] === BINARY) throw new ProtocolError("memcached's binary protocol is not spoken here")
  const { blockBytes } = readCommand(line, start, end)
  return blockBytes === -1 ? LAST : { blockBytes, isLast: true }
}

/** What a line of a reply says. */
export function replyLine(line: Uint8Array, start: number, end: number): LineMeaning {
  const text = latin1(line, start, end)
  const words = text.trimEnd().split(' ')
  if (words[0] === 'STAT') return MORE
  if (words[0] !== 'VALUE' && words[0] !== 'VA') return LAST
  const blockBytes = readDecimal(words[words[0] === 'VA' ? 1 : 3] ?? '', GREATEST_BLOCK)
  if (blockBytes === undefined || !text.endsWith(LF)) throw new ProtocolError('a value without a length')
  return { blockBytes, isLast: words[0] === 'VA' }
}
