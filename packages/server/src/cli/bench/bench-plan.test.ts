import { describe, expect, test } from 'vitest'

import type { BenchFlags } from '../commands.ts'
import { UsageError } from '../usage-error.ts'
import { benchPlan } from './bench-plan.ts'
import { isPrivate, isPrivateAddress } from './is-private.ts'
import { quantile } from './load.ts'
import { reportLine } from './report-line.ts'

const FLAGS: BenchFlags = { protocol: 'redis', requests: '100', duration: '500ms', concurrency: '7', maxSize: '3' }

test('a plan has every bound as a number', () => {
  expect(benchPlan('localhost:1', FLAGS)).toMatchObject({
    endpoint: 'localhost:1',
    requests: 100,
    durationMs: 500,
    concurrency: 7,
    maxSize: 3,
  })
})

test.each([
  [{ protocol: 'http' }, '--protocol must be redis or lines; got "http"'],
  [{ requests: '0' }, '--requests must be a whole number, at least 1; got 0'],
  [{ requests: '10000001' }, '--requests must be at most 10000000; got 10000001'],
  [{ duration: '5' }, '--duration must be a duration as 250ms'],
  [{ concurrency: '1e3' }, '--concurrency must be a whole number, at least 1; got "1e3"'],
  [{ concurrency: '10001' }, '--concurrency must be at most 10000; got 10001'],
  [{ maxSize: 'x' }, '--max-size must be a whole number, at least 1; got "x"'],
])('%o is no plan', (flags, message) => {
  expect(() => benchPlan('localhost:1', { ...FLAGS, ...flags })).toThrow(UsageError)
  expect(() => benchPlan('localhost:1', { ...FLAGS, ...flags })).toThrow(message)
})

test('an endpoint without a port is no endpoint', () => {
  expect(() => benchPlan('localhost', FLAGS)).toThrow(
    'the endpoint must have a port, as \'localhost:6379\'; got "localhost"',
  )
})

describe('what may be loaded without a word', () => {
  test.each([
    '127.0.0.1',
    '127.255.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
  ])('%s is', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '172.15.255.255',
    '11.0.0.1',
    '192.169.0.1',
    '126.0.0.1',
    '2001:db8::1',
    '::',
    '0.0.0.0',
    '::ffff:8.8.8.8',
  ])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })

  test('is a socket on this machine, and a name of it', async () => {
    expect(await isPrivate('unix:/run/x.sock')).toBe(true)
    expect(await isPrivate('tls://localhost:1')).toBe(true)
    expect(await isPrivate('[::1]:1')).toBe(true)
    expect(await isPrivate('8.8.8.8:53')).toBe(false)
  })
})

describe('a quantile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1)

  test.each([
    [0.5, 50],
    [0.99, 99],
    [0.999, 100],
    [1, 100],
    [0, 1],
  ])('%d of one to a hundred is %d', (part, value) => {
    expect(quantile(hundred, part)).toBe(value)
  })

  test('of nothing is no number, and shown as none', () => {
    const report = { sorted: new Float64Array(0), failures: 3, firstError: undefined, elapsedMs: 10 }

    expect(quantile(report.sorted, 0.5)).toBeNaN()
    expect(reportLine('way', 4, report).split(/\s+/)).toEqual(['way', '0', '-', '-', '-', '4', '3'])
  })

  test('is in a line, with the rate by the second', () => {
    const report = { sorted: hundred, failures: 0, firstError: undefined, elapsedMs: 50 }

    expect(reportLine('pool of 3', 3, report).split(/\s{2,}/)).toEqual([
      'pool of 3',
      '2000',
      '50.00',
      '99.00',
      '100.00',
      '3',
      '0',
    ])
  })
})
