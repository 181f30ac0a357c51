import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, sizes } from '../../test/frames.ts'
import { lines } from '../protocols/lines.ts'
import { FrameInbox } from './frame-inbox.ts'

const texts = (frames: readonly Buffer[]): string[] => frames.map(String)

/** All that can be read now. */
function readAll(inbox: FrameInbox, bytes: Buffer): string[] {
  const frames = texts(inbox.read(bytes))
  for (let more = inbox.readBacklog(); more.length > 0; more = inbox.readBacklog()) frames.push(...texts(more))
  return frames
}

describe('an inbox', () => {
  test('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/), { maxLength: 400 }), sizes(), (words, pieceSizes) => {
        const inbox = new FrameInbox(lines(), Infinity)
        const frames = words.map((word) => `${word}\n`)
        const pieces = cut(Buffer.from(frames.join('')), pieceSizes)

        expect(pieces.flatMap((piece) => readAll(inbox, Buffer.from(piece)))).toEqual(frames)
        expect([inbox.isInFrame, inbox.backlogBytes]).toEqual([false, 0])
      }),
    )
  })

  test('cuts out so many at a time, and keeps the others as they came', () => {
    const inbox = new FrameInbox(lines(), Infinity)
    expect(inbox.read(Buffer.from('\n'.repeat(10_000)))).toHaveLength(128)
    expect([inbox.backlogBytes, inbox.isInFrame]).toEqual([9_872, false])
    expect(inbox.readBacklog()).toHaveLength(128)
    expect(inbox.backlogBytes).toBe(9_744)
  })

  test('keeps what comes later behind what it has not looked at', () => {
    const inbox = new FrameInbox(lines(), Infinity)
    inbox.read(Buffer.from(`${'\n'.repeat(128)}a\nb`))
    inbox.keep(Buffer.from('c\nd'))

    expect(texts(inbox.readBacklog())).toEqual(['a\n'])
    expect(texts(inbox.readBacklog())).toEqual(['bc\n'])
    expect(inbox.readBacklog()).toEqual([])
    expect(texts(inbox.takeRest())).toEqual(['d'])
    expect([inbox.isInFrame, inbox.backlogBytes]).toEqual([false, 0])
  })

  test('keeps what it has not looked at ahead of what comes later', () => {
    const inbox = new FrameInbox(lines(), Infinity)
    inbox.read(Buffer.from(`${'\n'.repeat(256)}a\n`))
    inbox.keep(Buffer.from('b\n'))
    expect(inbox.readBacklog()).toHaveLength(128)

    expect(texts([...inbox.readBacklog(), ...inbox.readBacklog()])).toEqual(['a\n', 'b\n'])
  })

  test('takes eight times as many pieces in not much more than eight times as long', () => {
    const msOf = (pieces: number): number => {
      const inbox = new FrameInbox(lines(), Infinity)
      for (let piece = 0; piece < pieces; piece++) inbox.keep(Buffer.from('x'))
      inbox.keep(Buffer.from('\n'))
      const start = performance.now()
      expect(inbox.readBacklog()[0]).toHaveLength(pieces + 1)
      return performance.now() - start
    }

    expect(msOf(65_536)).toBeLessThan(50 + 40 * msOf(8_192))
  })

  test('copies what it keeps', () => {
    const inbox = new FrameInbox(lines(), Infinity)
    const shared = Buffer.from('a\nb')
    const frames = inbox.read(shared)
    shared.fill(0x7a)

    expect(texts(frames)).toEqual(['a\n'])
    expect(texts(inbox.read(Buffer.from('\n')))).toEqual(['b\n'])
  })

  test('gives out what was whole before something too long', () => {
    const inbox = new FrameInbox(lines(), 4)
    expect(texts(inbox.read(Buffer.from('a\nbb\nmuch too long\nc\n')))).toEqual(['a\n', 'bb\n'])
    expect(inbox.broken?.reason).toBe('too-large')
    expect(inbox.read(Buffer.from('d\n'))).toEqual([])
  })
})
