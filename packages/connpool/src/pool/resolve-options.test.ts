import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { refusalOf, revokedProxy } from '../../test/refusal.ts'
import type { Clock } from '../clock.ts'
import type { PoolObserver } from '../observer.ts'
import type { PoolOptions, ResolvedPoolOptions } from './pool-options.ts'
import { resolvePoolOptions } from './resolve-options.ts'

const ENDPOINT = { endpoint: 'localhost:6379' }

/** What a JavaScript caller may pass. */
const resolve = (given: unknown): ResolvedPoolOptions<unknown> => resolvePoolOptions(given as PoolOptions<unknown>)

const resolveWith = (option: string, value: unknown): ResolvedPoolOptions<unknown> =>
  resolve({ ...ENDPOINT, [option]: value })

const DURATION = 'a duration in milliseconds, more than 0 and less than 2147483648 (2^31)'
const FROM_ZERO = 'a duration in milliseconds, at least 0 and less than 2147483648 (2^31), or Infinity'

/** Every option that is a duration: the least it may be, whether it may be turned off, and its rule. */
const DURATIONS = [
  { option: 'resetTimeoutMs', least: 'more than 0', off: false, rule: DURATION },
  { option: 'closeTimeoutMs', least: 'more than 0', off: false, rule: DURATION },
  { option: 'probeTimeoutMs', least: 'more than 0', off: false, rule: DURATION },
  { option: 'dialTimeoutMs', least: 'more than 0', off: false, rule: DURATION },
  { option: 'probeIntervalMs', least: 'more than 0', off: true, rule: `${DURATION}, or Infinity` },
  { option: 'idleTimeoutMs', least: 'more than 0', off: true, rule: `${DURATION}, or Infinity` },
  { option: 'maxLifetimeMs', least: 'more than 0', off: true, rule: `${DURATION}, or Infinity` },
  { option: 'leakWarnMs', least: 'more than 0', off: true, rule: `${DURATION}, or Infinity` },
  { option: 'maxLeaseMs', least: 'more than 0', off: true, rule: `${DURATION}, or Infinity` },
  { option: 'probeAfterIdleMs', least: '0', off: true, rule: FROM_ZERO },
  { option: 'acquireTimeoutMs', least: '0', off: true, rule: FROM_ZERO },
] as const

const KEEP_ALIVE_RULE = 'a duration in milliseconds from 1000 to 32767000, or Infinity'

/** Every option that is a count. */
const COUNTS = [
  { option: 'minSize', least: 0, off: false, rule: 'a whole number, at least 0' },
  { option: 'maxSize', least: 1, off: false, rule: 'a whole number, at least 1' },
  { option: 'maxDialing', least: 1, off: false, rule: 'a whole number, at least 1' },
  { option: 'maxWaiting', least: 0, off: true, rule: 'a whole number, at least 0, or Infinity' },
  { option: 'maxUses', least: 1, off: true, rule: 'a whole number, at least 1, or Infinity' },
] as const

const HOOKS = ['dial', 'closeConnection', 'onConnect', 'reset', 'probe', 'random'] as const

/** A wrong value, and how the message shows it. */
type Wrong = readonly [value: unknown, shown: string]

/** Not a number, not a function, and not an object that could be a hook. */
const WRONG_KINDS: readonly Wrong[] = [
  [null, 'null'],
  ['5', '"5"'],
  ['Infinity', '"Infinity"'],
  [true, 'true'],
  [10n, '10n'],
  [Symbol('x'), 'a symbol'],
  [[5], 'an array'],
  [{ valueOf: () => 5 }, 'an object'],
  [new Date(5), 'an object'],
]

const WRONG_NUMBERS: readonly Wrong[] = [
  [-1, '-1'],
  [-0.5, '-0.5'],
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
]

const kindsAnd = (...more: readonly Wrong[]): readonly Wrong[] => [...WRONG_KINDS, ...more]
const numbersAnd = (...more: readonly Wrong[]): readonly Wrong[] => [...WRONG_KINDS, ...WRONG_NUMBERS, ...more]

describe('the defaults', () => {
  test('are those of the reference', () => {
    expect(resolve(ENDPOINT)).toEqual({
      endpoint: { kind: 'tcp', host: 'localhost', port: 6379, tls: undefined, text: 'localhost:6379' },
      endpointGiven: 'localhost:6379',
      dial: undefined,
      closeConnection: undefined,
      onConnect: undefined,
      reset: undefined,
      probe: undefined,
      resetTimeoutMs: 1_000,
      closeTimeoutMs: 2_000,
      probeTimeoutMs: 2_000,
      probeAfterIdleMs: 0,
      probeIntervalMs: 30_000,
      minSize: 0,
      maxSize: 10,
      maxWaiting: 10_000,
      acquireTimeoutMs: 10_000,
      dialTimeoutMs: 5_000,
      maxDialing: 'adaptive',
      backoff: { baseMs: 100, maxMs: 10_000 },
      idleTimeoutMs: 300_000,
      maxLifetimeMs: 1_800_000,
      lifetimeJitterRatio: 0.25,
      maxUses: Infinity,
      idleOrder: 'lifo',
      breaker: {
        failureThreshold: 5,
        failureRatio: Infinity,
        windowMs: 10_000,
        minSamples: 20,
        openMs: 10_000,
        maxOpenMs: 60_000,
        halfOpenProbes: 1,
      },
      leakWarnMs: Infinity,
      maxLeaseMs: Infinity,
      nestedAcquire: 'off',
      keepAliveMs: 60_000,
      noDelay: true,
      name: 'localhost:6379',
      observer: undefined,
      clock: undefined,
      random: Math.random,
    })
  })

  test('have every key, whatever was given', () => {
    const names = Object.keys(resolve(ENDPOINT)).toSorted()

    expect(Object.keys(resolve({ dial: () => ({}), probe: () => true })).toSorted()).toEqual(names)
  })

  test('are the same for undefined as for absence', () => {
    const given = Object.fromEntries(Object.keys(resolve(ENDPOINT)).map((name) => [name, undefined]))
    delete given['endpointGiven']

    expect(resolve({ ...given, ...ENDPOINT })).toEqual(resolve(ENDPOINT))
  })
})

describe('an option that is a duration', () => {
  describe.each(DURATIONS)('$option', ({ option, least, rule }) => {
    test('may be any finite duration in its range', () => {
      const min = least === '0' ? 0 : Number.MIN_VALUE
      fc.assert(
        fc.property(fc.double({ min, max: 2 ** 31, maxExcluded: true, noNaN: true }), (value) => {
          expect(resolveWith(option, value)).toHaveProperty(option, value)
        }),
      )
    })

    test('is never out of its range', () => {
      const outside = fc.oneof(
        fc.double({ min: 2 ** 31, max: Number.MAX_VALUE, noNaN: true }),
        fc.double({ min: -Number.MAX_VALUE, max: -Number.MIN_VALUE, noNaN: true }),
      )
      fc.assert(
        fc.property(outside, (value) => {
          expect(refusalOf(() => resolveWith(option, value))).toBe(`${option} must be ${rule}; got ${value}`)
        }),
      )
    })

    test.each(numbersAnd([2 ** 31, '2147483648'], [() => 5, 'a function']))('is not %o', (value, shown) => {
      expect(refusalOf(() => resolveWith(option, value))).toBe(`${option} must be ${rule}; got ${shown}`)
    })
  })

  test.each(DURATIONS.filter(({ off }) => off))('$option is off at Infinity', ({ option }) => {
    expect(resolveWith(option, Infinity)).toHaveProperty(option, Infinity)
  })

  test.each(DURATIONS.filter(({ off }) => !off))('$option has an end', ({ option, rule }) => {
    expect(refusalOf(() => resolveWith(option, Infinity))).toBe(`${option} must be ${rule}; got Infinity`)
  })

  test.each(DURATIONS.filter(({ least }) => least === '0'))('$option may be 0', ({ option }) => {
    expect(resolveWith(option, 0)).toHaveProperty(option, 0)
  })

  test.each(DURATIONS.filter(({ least }) => least !== '0'))('$option is not 0', ({ option, rule }) => {
    expect(refusalOf(() => resolveWith(option, 0))).toBe(`${option} must be ${rule}; got 0`)
  })
})

describe('keepAliveMs', () => {
  test.each([1_000, 1_500.5, 32_767_000, Infinity])('may be %d', (value) => {
    expect(resolveWith('keepAliveMs', value).keepAliveMs).toBe(value)
  })

  test.each(numbersAnd([0, '0'], [999, '999'], [32_767_001, '32767001']))(
    'is not %o: the system would take its own default',
    (value, shown) => {
      expect(refusalOf(() => resolveWith('keepAliveMs', value))).toBe(
        `keepAliveMs must be ${KEEP_ALIVE_RULE}; got ${shown}`,
      )
    },
  )
})

describe('an option that is a count', () => {
  describe.each(COUNTS)('$option', ({ option, least, rule }) => {
    test('may be any whole number from its least', () => {
      fc.assert(
        fc.property(fc.integer({ min: least, max: 10 }), (value) => {
          expect(resolveWith(option, value)).toHaveProperty(option, value)
        }),
      )
    })

    test.each(
      numbersAnd([least - 1, String(least - 1)], [1.5, '1.5'], [2 ** 53, '9007199254740992'], [() => 5, 'a function']),
    )('is not %o', (value, shown) => {
      expect(refusalOf(() => resolveWith(option, value))).toBe(`${option} must be ${rule}; got ${shown}`)
    })
  })

  test.each(COUNTS.filter(({ off }) => off))('$option is off at Infinity', ({ option }) => {
    expect(resolveWith(option, Infinity)).toHaveProperty(option, Infinity)
  })

  test.each(COUNTS.filter(({ off }) => !off))('$option is finite', ({ option, rule }) => {
    expect(refusalOf(() => resolveWith(option, Infinity))).toBe(`${option} must be ${rule}; got Infinity`)
  })
})

describe('lifetimeJitterRatio', () => {
  test('may be any number from 0 to 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (value) => {
        expect(resolveWith('lifetimeJitterRatio', value).lifetimeJitterRatio).toBe(value)
      }),
    )
  })

  test.each(numbersAnd([1.01, '1.01'], [Infinity, 'Infinity'], [25, '25']))('is not %o', (value, shown) => {
    expect(refusalOf(() => resolveWith('lifetimeJitterRatio', value))).toBe(
      `lifetimeJitterRatio must be a number from 0 to 1; got ${shown}`,
    )
  })
})

describe('an option that is a function', () => {
  test.each(HOOKS)('%s is kept as it is', (option) => {
    const hook = (): number => 0.5

    expect(resolveWith(option, hook)).toHaveProperty(option, hook)
  })

  describe.each(HOOKS)('%s', (option) => {
    test.each(kindsAnd([5, '5']))('is not %o', (value, shown) => {
      expect(refusalOf(() => resolveWith(option, value))).toBe(`${option} must be a function; got ${shown}`)
    })
  })
})

describe('an option that is a word, a flag or a name', () => {
  test.each([
    ['idleOrder', 'fifo'],
    ['noDelay', false],
    ['name', 'sessions (eu)'],
  ])('%s may be %o', (option, value) => {
    expect(resolveWith(option, value)).toHaveProperty(option, value)
  })

  test.each([
    ['idleOrder', 'LIFO', `idleOrder must be 'lifo' or 'fifo'; got "LIFO"`],
    ['idleOrder', null, `idleOrder must be 'lifo' or 'fifo'; got null`],
    ['idleOrder', ['lifo'], `idleOrder must be 'lifo' or 'fifo'; got an array`],
    ['noDelay', 0, 'noDelay must be true or false; got 0'],
    ['noDelay', 'false', 'noDelay must be true or false; got "false"'],
    ['noDelay', null, 'noDelay must be true or false; got null'],
    ['name', '', 'name must be a string that is not empty and has no control characters; got ""'],
    ['name', 'a\nb', String.raw`name must be a string that is not empty and has no control characters; got "a\nb"`],
    ['name', 5, 'name must be a string that is not empty and has no control characters; got 5'],
    ['name', null, 'name must be a string that is not empty and has no control characters; got null'],
  ])('%s is not %o', (option, value, message) => {
    expect(refusalOf(() => resolveWith(option, value))).toBe(message)
  })

  test('a name is by default the canonical text of the endpoint, or pool', () => {
    expect(resolve({ endpoint: 'tcp://DB:1' }).name).toBe('db:1')
    expect(resolve({ dial: () => ({}) }).name).toBe('pool')
  })
})

describe('sizes that contradict each other', () => {
  test.each([
    [{ minSize: 3, maxSize: 2 }, 'minSize must not exceed maxSize; got minSize 3 and maxSize 2'],
    [{ minSize: 11 }, 'minSize must not exceed maxSize; got minSize 11 and maxSize 10 (the default)'],
  ])('%o are refused', (sizes, message) => {
    expect(refusalOf(() => resolve({ ...ENDPOINT, ...sizes }))).toBe(message)
  })

  test.each([{ minSize: 2, maxSize: 2 }, { minSize: 10 }])('%o are not', (sizes) => {
    expect(resolve({ ...ENDPOINT, ...sizes })).toMatchObject(sizes)
  })
})

describe('a leak warning that could never come, as its lease ends first,', () => {
  test('is refused', () => {
    expect(refusalOf(() => resolve({ ...ENDPOINT, leakWarnMs: 100, maxLeaseMs: 100 }))).toBe(
      'leakWarnMs must be less than maxLeaseMs; got 100 and 100',
    )
  })

  test.each([{ leakWarnMs: 99, maxLeaseMs: 100 }, { leakWarnMs: 100 }, { maxLeaseMs: 100 }])('is not %o', (given) => {
    expect(resolve({ ...ENDPOINT, ...given })).toMatchObject(given)
  })
})

describe('backoff', () => {
  test.each([
    [{}, { baseMs: 100, maxMs: 10_000 }],
    [{ baseMs: 7 }, { baseMs: 7, maxMs: 10_000 }],
    [{ baseMs: 20_000 }, { baseMs: 20_000, maxMs: 20_000 }],
    [{ maxMs: 50 }, { baseMs: 50, maxMs: 50 }],
    [
      { baseMs: 5, maxMs: 5 },
      { baseMs: 5, maxMs: 5 },
    ],
    [
      { baseMs: undefined, maxMs: undefined },
      { baseMs: 100, maxMs: 10_000 },
    ],
  ])('%o is %o', (given, backoff) => {
    expect(resolveWith('backoff', given).backoff).toEqual(backoff)
  })

  test.each([
    [null, 'backoff must be an object; got null'],
    [false, 'backoff must be an object; got false'],
    [100, 'backoff must be an object; got 100'],
    [{ baseMs: 0 }, `backoff.baseMs must be ${DURATION}; got 0`],
    [{ baseMs: -1 }, `backoff.baseMs must be ${DURATION}; got -1`],
    [{ baseMs: NaN }, `backoff.baseMs must be ${DURATION}; got NaN`],
    [{ baseMs: '1' }, `backoff.baseMs must be ${DURATION}; got "1"`],
    [{ maxMs: Infinity }, `backoff.maxMs must be ${DURATION}; got Infinity`],
    [{ maxMs: 2 ** 31 }, `backoff.maxMs must be ${DURATION}; got 2147483648`],
    [{ baseMs: 6, maxMs: 5 }, 'backoff.baseMs must not exceed backoff.maxMs; got 6 and 5'],
    [{ base: 6 }, 'unknown option backoff.base; did you mean backoff.baseMs?'],
  ])('is not %o', (given, message) => {
    expect(refusalOf(() => resolveWith('backoff', given))).toBe(message)
  })
})

describe('breaker', () => {
  const defaults = {
    failureThreshold: 5,
    failureRatio: Infinity,
    windowMs: 10_000,
    minSamples: 20,
    openMs: 10_000,
    maxOpenMs: 60_000,
    halfOpenProbes: 1,
  }
  const rule = { success: (): void => undefined, failure: (): boolean => true }

  test.each([
    [false, undefined],
    [undefined, defaults],
    [{}, defaults],
    [
      { failureThreshold: 1, halfOpenProbes: 3 },
      { ...defaults, failureThreshold: 1, halfOpenProbes: 3 },
    ],
    [{ openMs: 120_000 }, { ...defaults, openMs: 120_000, maxOpenMs: 120_000 }],
    [{ maxOpenMs: 500 }, { ...defaults, openMs: 500, maxOpenMs: 500 }],
    [{ openMs: undefined }, defaults],
    [
      { failureRatio: 1, windowMs: 500, minSamples: 1 },
      { ...defaults, failureRatio: 1, windowMs: 500, minSamples: 1 },
    ],
    [{ failureRatio: Infinity }, defaults],
    [
      { rule, openMs: 5 },
      { ...defaults, rule, openMs: 5 },
    ],
  ])('%o is %o', (given, breaker) => {
    expect(resolveWith('breaker', given).breaker).toEqual(breaker)
  })

  test.each([
    [true, 'breaker must be false, or an object of breaker options (leave it out for the defaults); got true'],
    [null, 'breaker must be false, or an object of breaker options (leave it out for the defaults); got null'],
    [5, 'breaker must be false, or an object of breaker options (leave it out for the defaults); got 5'],
    [{ failureThreshold: 0 }, 'breaker.failureThreshold must be a whole number, at least 1; got 0'],
    [{ failureThreshold: 2.5 }, 'breaker.failureThreshold must be a whole number, at least 1; got 2.5'],
    [{ failureThreshold: Infinity }, 'breaker.failureThreshold must be a whole number, at least 1; got Infinity'],
    [{ failureRatio: 0 }, 'breaker.failureRatio must be a number, more than 0 and at most 1, or Infinity; got 0'],
    [{ failureRatio: 50 }, 'breaker.failureRatio must be a number, more than 0 and at most 1, or Infinity; got 50'],
    [{ windowMs: 0 }, `breaker.windowMs must be ${DURATION}; got 0`],
    [{ minSamples: 0 }, 'breaker.minSamples must be a whole number, at least 1; got 0'],
    [{ rule: () => true }, 'breaker.rule must be an object with success() and failure(); got a function'],
    [
      { rule, failureRatio: 0.5 },
      'breaker.failureRatio must not be given with breaker.rule, which decides alone; got 0.5',
    ],
    [{ halfOpenProbes: 0 }, 'breaker.halfOpenProbes must be a whole number, at least 1; got 0'],
    [{ openMs: 0 }, `breaker.openMs must be ${DURATION}; got 0`],
    [{ openMs: Infinity }, `breaker.openMs must be ${DURATION}; got Infinity`],
    [{ maxOpenMs: null }, `breaker.maxOpenMs must be ${DURATION}; got null`],
    [{ openMs: 6, maxOpenMs: 5 }, 'breaker.openMs must not exceed breaker.maxOpenMs; got 6 and 5'],
    [
      { threshold: 6 },
      'unknown option breaker.threshold; known are failureThreshold, failureRatio, windowMs, minSamples, openMs, maxOpenMs, halfOpenProbes, rule',
    ],
  ])('is not %o', (given, message) => {
    expect(refusalOf(() => resolveWith('breaker', given))).toBe(message)
  })
})

describe('observer', () => {
  test('is kept as it is, be it an object, an instance or a proxy that answers everything', () => {
    class Watcher implements PoolObserver {
      readonly seen: string[] = []
      acquired(): void {
        this.seen.push('acquired')
      }
    }
    const observers: PoolObserver[] = [
      {},
      new Watcher(),
      new Proxy({}, { get: () => () => undefined }),
      Object.create(null) as PoolObserver,
      { acquired: undefined } as unknown as PoolObserver,
    ]

    for (const observer of observers) expect(resolveWith('observer', observer).observer).toBe(observer)
  })

  test.each([
    [null, 'observer must be an object; got null'],
    [() => undefined, 'observer must be an object; got a function'],
    [[], 'observer must be an object; got an array'],
    [{ acquired: 5 }, 'observer.acquired must be a function; got 5'],
    [{ breaker: null }, 'observer.breaker must be a function; got null'],
  ])('is not %o', (observer, message) => {
    expect(refusalOf(() => resolveWith('observer', observer))).toBe(message)
  })

  test('is refused when it cannot be read', () => {
    const observer = {
      get waiting(): () => void {
        throw new Error('no')
      },
    }

    expect(refusalOf(() => resolveWith('observer', observer))).toBe(
      'observer.waiting must be readable; reading it threw an error',
    )
    expect(refusalOf(() => resolveWith('observer', revokedProxy()))).toBe('observer must be an object; got an object')
  })
})

describe('clock', () => {
  test('may be any object with its two methods', () => {
    class Stopped implements Clock {
      now(): number {
        return 0
      }
      wakeAt(): Disposable {
        return { [Symbol.dispose]: () => undefined }
      }
    }
    const clock = new Stopped()

    expect(resolveWith('clock', clock).clock).toBe(clock)
  })

  test.each([
    [null, 'null'],
    [{}, 'an object'],
    [{ now: () => 0 }, 'an object'],
    [{ now: 0, wakeAt: () => undefined }, 'an object'],
    [performance.now.bind(performance), 'a function'],
  ])('is not %o', (clock, shown) => {
    expect(refusalOf(() => resolveWith('clock', clock))).toBe(
      `clock must be an object with now() and wakeAt(); got ${shown}`,
    )
  })
})

describe('where to connect', () => {
  const dial = (): object => ({})

  test('is said by endpoint, by dial, or by both', () => {
    expect(resolve(ENDPOINT)).toMatchObject({ endpoint: { text: 'localhost:6379' }, dial: undefined })
    expect(resolve({ dial })).toMatchObject({ endpoint: undefined, endpointGiven: undefined, dial })
    expect(resolve({ ...ENDPOINT, dial })).toMatchObject({ endpoint: { text: 'localhost:6379' }, dial })
  })

  test.each([{}, { maxSize: 3 }, { endpoint: undefined, dial: undefined }])('is not said by %o', (given) => {
    expect(refusalOf(() => resolve(given))).toBe('endpoint must be given, unless dial is; got neither')
  })

  test.each([
    [null, `endpoint must be a string as 'host:port', or an object; got null`],
    [6379, `endpoint must be a string as 'host:port', or an object; got 6379`],
    ['localhost', `endpoint must have a port, as 'localhost:6379'; got "localhost"`],
    [{ host: 'h' }, 'endpoint.port must be a whole number from 1 to 65535; got undefined'],
  ])('is not %o', (endpoint, message) => {
    expect(refusalOf(() => resolve({ endpoint }))).toBe(message)
  })

  test('is told to hooks as it was given', () => {
    const endpoint = { host: 'LocalHost', port: 1, tls: { servername: 'a' } }

    const { endpointGiven } = resolve({ endpoint })

    expect(endpointGiven).toEqual(endpoint)
    expect(endpointGiven).not.toBe(endpoint)
  })
})

describe('the resolved options', () => {
  test('are frozen, and so is what is in them', () => {
    const options = resolve({ endpoint: { host: 'h', port: 1, tls: { ca: [] } }, backoff: {}, breaker: {} })

    const { endpoint, endpointGiven, backoff, breaker } = options
    for (const part of [options, endpoint, endpoint?.tls, endpointGiven, backoff, breaker]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test('do not follow the object they were made from, nor change it', () => {
    const given = { endpoint: { host: 'h', port: 1, tls: { servername: 'a' } }, maxSize: 3, backoff: { baseMs: 5 } }
    const before = structuredClone(given)

    const options = resolve(given)
    expect(given).toEqual(before)
    given.maxSize = 4
    given.backoff.baseMs = 6
    given.endpoint.tls.servername = 'b'

    expect(options).toMatchObject({
      maxSize: 3,
      backoff: { baseMs: 5 },
      endpoint: { tls: { servername: 'a' } },
      endpointGiven: { tls: { servername: 'a' } },
    })
  })

  test('can be made from a frozen object', () => {
    expect(resolve(Object.freeze({ endpoint: Object.freeze({ host: 'h', port: 1 }) })).name).toBe('h:1')
  })

  test('read each option once', () => {
    let reads = 0
    const given = {
      ...ENDPOINT,
      get maxSize(): number {
        reads += 1
        return reads === 1 ? 3 : -1
      },
    }
    Object.defineProperty(given, 'maxSize', { enumerable: true })

    expect(resolve(given).maxSize).toBe(3)
  })
})

describe('an unknown option', () => {
  test.each([
    ['maxsize', 'unknown option maxsize; did you mean maxSize?'],
    ['idleTimeoutMillis', 'unknown option idleTimeoutMillis; did you mean idleTimeoutMs?'],
    ['connectionTimeout', 'unknown option connectionTimeout;'],
    ['host', 'unknown option host; known are endpoint, dial,'],
    ['endpointGiven', 'unknown option endpointGiven;'],
  ])('%s is refused', (option, message) => {
    expect(refusalOf(() => resolveWith(option, 1))).toContain(message)
  })

  test('is refused before values are, since a misspelt name explains more', () => {
    expect(refusalOf(() => resolve({ maxsize: 1, maxSize: -1 }))).toMatch(/^unknown option maxsize/)
  })
})

describe('hostile options', () => {
  test('never change Object.prototype, and never pass', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const names = fc.constantFrom('__proto__', 'constructor', 'prototype')
    const places = fc.constantFrom('', 'backoff', 'breaker', 'endpoint', 'tls')

    fc.assert(
      fc.property(names, places, fc.json(), (name, place, json) => {
        const hostile = `{ ${JSON.stringify(name)}: ${json} }`
        const given: unknown = JSON.parse(hostileOptions(place, hostile))

        expect(refusalOf(() => resolve(given))).toContain(`unknown option`)
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
      }),
    )
  })

  test('are refused as INVALID_OPTIONS, whatever they are', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (given) => {
        expect(refusalOf(() => resolve(given))).toMatch(/ must be |unknown option/)
      }),
    )
  })

  test.each([undefined, null, 5, 'localhost:6379', [[]], () => undefined])(
    '%o is not an object of options',
    (given) => {
      expect(refusalOf(() => resolve(given))).toMatch(/^options must be an object; got /)
    },
  )

  function hostileOptions(place: string, hostile: string): string {
    if (place === '') return `${hostile.slice(0, -1)}, "endpoint": "h:1" }`
    if (place === 'endpoint') return `{ "endpoint": ${hostile.slice(0, -1)}, "host": "h", "port": 1 } }`
    if (place === 'tls') return `{ "endpoint": { "host": "h", "port": 1, "tls": ${hostile} } }`
    return `{ "endpoint": "h:1", ${JSON.stringify(place)}: ${hostile} }`
  }
})
