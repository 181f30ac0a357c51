/** The public surface is a list, written by hand twice: in the entry, and here. A change of it is a decision. */
import { readFileSync } from 'node:fs'
import * as connpool from 'connpool'
import * as testing from 'connpool/testing'
import { describe, expect, test } from 'vitest'

interface Entry {
  readonly specifier: string
  readonly file: string
  readonly exported: object
  readonly values: readonly string[]
}

const entries: readonly Entry[] = [
  {
    specifier: 'connpool',
    file: 'index.ts',
    exported: connpool,
    values: [
      'Histogram',
      'Lease',
      'Pool',
      'PoolError',
      'PoolManager',
      'Upstream',
      'dnsDiscovery',
      'memcachedVersion',
      'parseEndpoint',
      'redisPing',
      'sendExpect',
      'socketAlive',
      'systemClock',
    ],
  },
  {
    specifier: 'connpool/testing',
    file: 'testing.ts',
    exported: testing,
    values: [
      'FakeClock',
      'FakeConnection',
      'FakeDialer',
      'SeededRandom',
      'SimulatedServer',
      'Simulation',
      'networkError',
    ],
  },
]

describe.each(entries)('$specifier', ({ file, exported, values }) => {
  test('exports these values and no others', () => {
    expect(Object.keys(exported).toSorted()).toEqual(values)
  })

  test('names each export by hand', () => {
    const source = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8')

    expect(source).not.toMatch(/export \*/)
  })
})
