import { describe, expect, test } from 'vitest'

import { CountedBytes } from '../../test/counted-bytes.ts'
import { scanAll } from '../../test/frames.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { lines } from './lines.ts'
import { memcached } from './memcached.ts'
import type { FrameScanner } from './protocol.ts'
import { redis } from './redis.ts'

const BYTES = 20_000
const text = (text: string): Buffer => Buffer.from(text, 'latin1')
const body = 'x'.repeat(BYTES)

/** One long frame each, of the kind that takes longest; and whether most of it is skipped. */
const cases: readonly [string, () => FrameScanner, Buffer, number][] = [
  ['a line', () => lines().requests(), text(`${body}\n`), 1.01],
  ['a frame with a length', () => lengthPrefixed().requests(), Buffer.from(lengthPrefixed().frame(text(body))), 0.01],
  ['a typed command', () => redis().requests(), text(`${body}\r\n`), 2.01],
  ['a command with a long word', () => redis().requests(), text(`*1\r\n$${BYTES}\r\n${body}\r\n`), 0.01],
  ['a command of many words', () => redis().requests(), text(`*2000\r\n${'$1\r\na\r\n'.repeat(2000)}`), 2],
  ['a long error', () => redis().replies(), text(`-${body}\r\n`), 1.01],
  ['a long string', () => redis().replies(), text(`$${BYTES}\r\n${body}\r\n`), 0.01],
  ['a string in many parts', () => redis().replies(), text(`$?\r\n${';1\r\na\r\n'.repeat(2000)};0\r\n`), 2],
  ['many values, nested', () => redis().replies(), text(`*2000\r\n${'*1\r\n*1\r\n:1\r\n'.repeat(2000)}`), 2],
  ['many attributes', () => redis().replies(), text(`${'|1\r\n+a\r\n+b\r\n'.repeat(2000)}+OK\r\n`), 2],
  ['a command for many keys', () => memcached().requests(), text(`get ${'k '.repeat(BYTES / 2)}\r\n`), 1.1],
  ['a long block', () => memcached().requests(), text(`set k 0 0 ${BYTES}\r\n${body}\r\n`), 0.01],
  ['many values', () => memcached().replies(), text(`${'VALUE k 0 1\r\nx\r\n'.repeat(2000)}END\r\n`), 4],
]

describe.each([1, 7, 1000])('in pieces of %d bytes', (size) => {
  test.each(cases)('%s is looked at about as often as it is long', (_, scanner, frame, most) => {
    const counted = new CountedBytes()
    const pieces = Array.from({ length: Math.ceil(frame.length / size) }, (_, index) =>
      counted.of(frame.subarray(index * size, (index + 1) * size)),
    )

    expect(scanAll(scanner(), pieces).ends).toEqual([frame.length])
    expect(counted.looks).toBeLessThanOrEqual(most * frame.length + 100)
  })
})
