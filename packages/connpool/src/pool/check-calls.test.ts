import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { refusalOf, revokedProxy } from '../../test/refusal.ts'
import { checkAcquireOptions, checkCount, checkGraceMs, checkLimits, checkSignalOption } from './check-calls.ts'
import type { AcquireOptions } from './pool-options.ts'

const WRONG_OBJECTS: readonly (readonly [unknown, string])[] = [
  [null, 'null'],
  [5000, '5000'],
  ['5s', '"5s"'],
  [[], 'an array'],
  [() => 5, 'a function'],
]

describe('the options of an acquire', () => {
  const check = (options: unknown): unknown => checkAcquireOptions(options as AcquireOptions | undefined)

  test.each([
    undefined,
    {},
    { timeoutMs: 0 },
    { timeoutMs: 0.5 },
    { timeoutMs: 2 ** 31 - 1 },
    { timeoutMs: Infinity },
    { signal: AbortSignal.abort() },
    { signal: undefined, timeoutMs: undefined, affinityKey: undefined },
    { affinityKey: '' },
    Object.create(null),
  ])('may be %o', (options) => {
    expect(() => check(options)).not.toThrow()
  })

  test('may have a signal of another make', () => {
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined }

    expect(() => check({ signal })).not.toThrow()
  })

  test.each(WRONG_OBJECTS)('are not %o', (options, shown) => {
    expect(refusalOf(() => check(options))).toBe(`options must be an object, as { timeoutMs: 500 }; got ${shown}`)
  })

  test.each([
    [-1, '-1'],
    [-0.001, '-0.001'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [2 ** 31, '2147483648'],
    ['50', '"50"'],
    [null, 'null'],
    [50n, '50n'],
    [{}, 'an object'],
  ])('have no timeoutMs of %o', (timeoutMs, shown) => {
    expect(refusalOf(() => check({ timeoutMs }))).toBe(
      `timeoutMs must be a duration in milliseconds, at least 0 and less than 2147483648 (2^31), or Infinity; got ${shown}`,
    )
  })

  test.each([
    [null, 'null'],
    [true, 'true'],
    [{}, 'an object'],
    [{ aborted: false }, 'an object'],
    [new AbortController(), 'an object'],
    [() => undefined, 'a function'],
  ])('have no signal like %o', (signal, shown) => {
    expect(refusalOf(() => check({ signal }))).toBe(`signal must be an AbortSignal; got ${shown}`)
  })

  test.each([5, null, Symbol('key')])('have no affinityKey like %o', (affinityKey) => {
    expect(refusalOf(() => check({ affinityKey }))).toMatch(/^affinityKey must be a string; got /)
  })

  test.each([
    [{ timeout: 5 }, 'unknown option timeout; did you mean timeoutMs?'],
    [{ signal: undefined, colour: 1 }, 'unknown option colour; known are signal, timeoutMs, affinityKey'],
    [JSON.parse('{ "__proto__": { "timeoutMs": 0 } }') as unknown, 'unknown option __proto__'],
    [JSON.parse('{ "constructor": 1 }') as unknown, 'unknown option constructor'],
    [new AbortController().signal, 'unknown option aborted'],
  ])('have known names only: %o is refused', (options, message) => {
    expect(refusalOf(() => check(options))).toContain(message)
  })

  test('are not blamed for what is on Object.prototype', () => {
    const act = (): unknown => check({ timeoutMs: 5 })
    Object.defineProperty(Object.prototype, 'colour', { value: 9, configurable: true, enumerable: true })
    try {
      act()
    } finally {
      Reflect.deleteProperty(Object.prototype, 'colour')
    }

    expect(act).not.toThrow()
  })

  test('are refused when they cannot be read', () => {
    const cause = new Error('no')
    const throwing = {
      get timeoutMs(): number {
        throw cause
      },
    }

    expect(refusalOf(() => check(revokedProxy()))).toBe('options must be readable; reading them threw')
    expect(refusalOf(() => check({ signal: revokedProxy() }))).toBe('options must be readable; reading them threw')
    expect(() => check(throwing)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS', cause }))
  })
})

describe('the limits of a resize', () => {
  const current = { minSize: 2, maxSize: 10 }
  const limits = (given: unknown): unknown => checkLimits(given as object, current)

  test.each([
    [{}, current],
    [{ minSize: undefined }, current],
    [{ maxSize: 2 }, { minSize: 2, maxSize: 2 }],
    [{ minSize: 10 }, { minSize: 10, maxSize: 10 }],
    [
      { minSize: 0, maxSize: 1 },
      { minSize: 0, maxSize: 1 },
    ],
  ])('%o makes them %o', (given, sizes) => {
    expect(limits(given)).toEqual(sizes)
  })

  test.each([
    [undefined, 'options must be an object; got undefined'],
    [20, 'options must be an object; got 20'],
    [{ maxSize: 0 }, 'maxSize must be a whole number, at least 1; got 0'],
    [{ maxSize: Infinity }, 'maxSize must be a whole number, at least 1; got Infinity'],
    [{ minSize: -1 }, 'minSize must be a whole number, at least 0; got -1'],
    [{ minSize: 1.5 }, 'minSize must be a whole number, at least 0; got 1.5'],
    [{ minSize: null }, 'minSize must be a whole number, at least 0; got null'],
    [{ maxsize: 3 }, 'unknown option maxsize; did you mean maxSize?'],
    [{ minSize: 5, maxSize: 4 }, 'minSize must not exceed maxSize; got minSize 5 and maxSize 4'],
    [{ maxSize: 1 }, 'minSize must not exceed maxSize; got minSize 2 (as it is now) and maxSize 1'],
    [{ minSize: 11 }, 'minSize must not exceed maxSize; got minSize 11 and maxSize 10 (as it is now)'],
  ])('%o is refused with its rule', (given, message) => {
    expect(refusalOf(() => limits(given))).toBe(message)
  })
})

describe('the count of a warm', () => {
  test.each([0, 1, 10])('may be %d of 10', (count) => {
    expect(() => checkCount(count, 10)).not.toThrow()
  })

  test.each([
    [-1, '-1'],
    [11, '11'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [undefined, 'undefined'],
    ['3', '"3"'],
  ])('is not %o', (count, shown) => {
    expect(refusalOf(() => checkCount(count as number, 10))).toBe(
      `count must be a whole number from 0 to 10 (maxSize); got ${shown}`,
    )
  })
})

describe('the options of ready and warm', () => {
  test.each([undefined, {}, { signal: AbortSignal.abort() }])('may be %o', (options) => {
    expect(() => checkSignalOption(options)).not.toThrow()
  })

  test('have a signal and nothing else', () => {
    expect(refusalOf(() => checkSignalOption({ signal: 5 as unknown as AbortSignal }))).toBe(
      'signal must be an AbortSignal; got 5',
    )
    expect(refusalOf(() => checkSignalOption({ timeoutMs: 5 } as object))).toBe(
      'unknown option timeoutMs; known are signal',
    )
  })
})

describe('the grace of a close', () => {
  const grace = (options: unknown): number => checkGraceMs(options as { graceMs?: number } | undefined)

  test.each([
    [undefined, 30_000],
    [{}, 30_000],
    [{ graceMs: undefined }, 30_000],
    [{ graceMs: 0 }, 0],
    [{ graceMs: Infinity }, Infinity],
  ])('of %o is %d ms', (options, graceMs) => {
    expect(grace(options)).toBe(graceMs)
  })

  test('may be any duration', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 31, maxExcluded: true, noNaN: true }), (graceMs) => {
        expect(grace({ graceMs })).toBe(graceMs)
      }),
    )
  })

  test.each(WRONG_OBJECTS)('is not %o', (options, shown) => {
    expect(refusalOf(() => grace(options))).toBe(`options must be an object; got ${shown}`)
  })

  test.each([
    [{ graceMs: -1 }, 'got -1'],
    [{ graceMs: NaN }, 'got NaN'],
    [{ graceMs: 2 ** 31 }, 'got 2147483648'],
    [{ graceMs: '5' }, 'got "5"'],
    [{ grace: 5 }, 'unknown option grace; did you mean graceMs?'],
  ])('%o is refused with its rule', (options, message) => {
    expect(refusalOf(() => grace(options))).toContain(message)
  })
})
