import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cut, endsOf, scanAll, sizes } from '../../test/frames.ts'
import { lengthPrefixed, type LengthPrefixedOptions } from './length-prefixed.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const options = fc.record({
  bytes: fc.constantFrom(1, 2, 4, 8),
  endian: fc.constantFrom('big', 'little'),
  includesLength: fc.boolean(),
})

describe('a frame', () => {
  test.each<[LengthPrefixedOptions, Uint8Array]>([
    [{}, bytes(0, 0, 0, 2, 7, 8)],
    [{ bytes: 1 }, bytes(2, 7, 8)],
    [{ bytes: 2 }, bytes(0, 2, 7, 8)],
    [{ bytes: 2, endian: 'little' }, bytes(2, 0, 7, 8)],
    [{ bytes: 8, endian: 'little' }, bytes(2, 0, 0, 0, 0, 0, 0, 0, 7, 8)],
    [{ bytes: 4, includesLength: true }, bytes(0, 0, 0, 6, 7, 8)],
  ])('with %j is %o', (options, frame) => {
    const protocol = lengthPrefixed(options)

    expect(Uint8Array.from(protocol.frame(bytes(7, 8)))).toEqual(frame)
    expect(Uint8Array.from(protocol.payload(frame))).toEqual(bytes(7, 8))
    expect(protocol.requests().scan(frame, 0)).toBe(frame.length)
  })

  test('may be empty', () => {
    expect(
      lengthPrefixed()
        .requests()
        .scan(bytes(0, 0, 0, 0, 1), 0),
    ).toBe(4)
  })

  test('is found however the stream is cut', () => {
    fc.assert(
      fc.property(options, fc.array(fc.uint8Array({ maxLength: 60 })), sizes(), (options, payloads, sizes) => {
        const protocol = lengthPrefixed(options)
        const frames = payloads.map((payload) => protocol.frame(payload))
        const found = scanAll(protocol.replies(), cut(Buffer.concat(frames), sizes))

        expect(found).toEqual({ ends: endsOf(frames), error: undefined, isInFrame: false })
      }),
    )
  })

  test('longer than the limit is refused when its length is known, before it has come', () => {
    const scanner = lengthPrefixed({ bytes: 2 }).requests({ maxBytes: 10 })

    expect(scanner.scan(bytes(0, 8, 1, 2, 3, 4, 5, 6, 7, 8), 0)).toBe(10)
    expect(() => scanner.scan(bytes(0, 9), 0)).toThrow(expect.objectContaining({ reason: 'too-large' }))
  })

  test('obeys the stricter of two limits', () => {
    const protocol = lengthPrefixed({ bytes: 1, maxBytes: 4 })

    expect(() => protocol.requests({ maxBytes: 100 }).scan(bytes(4), 0)).toThrow('longer than 4 bytes')
    expect(() => protocol.requests({ maxBytes: 3 }).scan(bytes(3), 0)).toThrow('longer than 3 bytes')
    expect(protocol.replies().scan(bytes(4), 0)).toBe(-1)
  })

  test('whose length counts itself and is shorter than that is an error', () => {
    const scanner = lengthPrefixed({ includesLength: true }).requests()

    expect(() => scanner.scan(bytes(0, 0, 0, 3), 0)).toThrow(expect.objectContaining({ reason: 'protocol' }))
  })

  test.each(['big', 'little'] as const)('of more than can be counted is an error (%s)', (endian) => {
    const scanner = lengthPrefixed({ bytes: 8, endian }).replies()
    const length = Buffer.alloc(8)
    if (endian === 'big') length.writeBigUInt64BE(2n ** 53n)
    else length.writeBigUInt64LE(2n ** 53n)

    expect(() => scanner.scan(length, 0)).toThrow(expect.objectContaining({ reason: 'too-large' }))
  })

  test('of almost as much is waited for', () => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(2n ** 53n - 9n)

    expect(lengthPrefixed({ bytes: 8 }).replies().scan(length, 0)).toBe(-1)
  })
})

describe('an answer', () => {
  test('as long as the prefix can say is framed, and one byte more is an error', () => {
    const protocol = lengthPrefixed({ bytes: 1, includesLength: true })

    expect(protocol.frame(new Uint8Array(254))[0]).toBe(255)
    expect(() => protocol.frame(new Uint8Array(255))).toThrow('255 bytes are too many for this prefix')
  })
})

describe('a refusal', () => {
  test('is a frame with the message in it', () => {
    const protocol = lengthPrefixed()
    const refusal = protocol.refusal({ reason: 'timeout', message: 'no reply in 5 s' })

    expect(Buffer.from(protocol.payload(refusal)).toString()).toBe('ERR connpool: no reply in 5 s')
  })

  test('is exactly one frame, and valid text, whatever its message', () => {
    fc.assert(
      fc.property(options, fc.string({ unit: 'binary', maxLength: 300 }), (options, message) => {
        const protocol = lengthPrefixed(options)
        const refusal = protocol.refusal({ reason: 'timeout', message })

        expect(protocol.replies().scan(refusal, 0)).toBe(refusal.length)
        expect(() => new TextDecoder('utf-8', { fatal: true }).decode(protocol.payload(refusal))).not.toThrow()
      }),
    )
  })
})

test.each([
  [{ bytes: 3 }, 'length-prefixed: bytes must be one of 1, 2, 4, 8, got 3'],
  [{ endian: 'middle' }, 'length-prefixed: endian must be one of big, little, got "middle"'],
  [{ includesLength: 1 }, 'length-prefixed: includesLength must be true or false, got 1'],
  [{ maxBytes: 0 }, 'length-prefixed: maxBytes must be a whole number from 1, or Infinity, got 0'],
])('%j is refused', (options, message) => {
  expect(() => lengthPrefixed(options as LengthPrefixedOptions)).toThrow(message)
})
