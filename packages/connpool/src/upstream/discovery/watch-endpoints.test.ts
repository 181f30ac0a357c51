import { describe, expect, test } from 'vitest'

import { nextTurn } from '../../testing/event-loop.ts'
import type { Discovery, DiscoveryListener, EndpointSet, EndpointSource } from './discovery.ts'
import { isEndpointSource, watchEndpoints } from './watch-endpoints.ts'

interface Story {
  readonly told: string[]
  readonly watch: Disposable
}

function listenTo(source: EndpointSource): Story {
  const told: string[] = []
  const watch = watchEndpoints(source, {
    endpoints: (set) => told.push(set.map(({ endpoint }) => endpoint.text).join(' ')),
    failed: (error) => told.push(`failed: ${error.message}`),
  })
  return { told, watch }
}

/** A source that a test speaks for. */
class HandDiscovery implements Discovery {
  listener: DiscoveryListener | undefined
  disposed = 0

  watch(listener: DiscoveryListener): Disposable {
    this.listener = listener
    return { [Symbol.dispose]: () => void this.disposed++ }
  }
}

describe('a discovery', () => {
  test('is asked when the one who listens has come to the end of his turn', async () => {
    const source = new HandDiscovery()

    listenTo(source)
    const atOnce = source.listener
    await nextTurn()

    expect(atOnce).toBeUndefined()
    expect(source.listener).toBeDefined()
  })

  test('tells sets and failures, one after the other', async () => {
    const source = new HandDiscovery()
    const { told } = listenTo(source)
    await nextTurn()

    source.listener?.endpoints(['a:1', 'b:1'])
    source.listener?.failed(new Error('no answer'))
    source.listener?.endpoints([{ endpoint: 'a:1', weight: 2 }])

    expect(told).toEqual(['a:1 b:1', 'failed: no answer', 'a:1'])
  })

  test('is heard though it passes the methods of its listener on by themselves', async () => {
    const source = new HandDiscovery()
    const { told } = listenTo(source)
    await nextTurn()
    const methods = { ...source.listener }

    methods.endpoints?.(['a:1'])
    methods.failed?.(new Error('no answer'))

    expect(told).toEqual(['a:1', 'failed: no answer'])
  })

  test('that tells a set which is not valid has failed', async () => {
    const source = new HandDiscovery()
    const { told } = listenTo(source)
    await nextTurn()

    source.listener?.endpoints([])
    source.listener?.endpoints(['a:1', 'a:1'])

    expect(told).toEqual([
      'failed: endpoints must have at least one endpoint; got none',
      'failed: endpoints[1] must not be endpoints[0] again; got a:1',
    ])
  })

  test('is not heard after the end, and is ended once', async () => {
    const source = new HandDiscovery()
    const { told, watch } = listenTo(source)
    await nextTurn()

    watch[Symbol.dispose]()
    watch[Symbol.dispose]()
    source.listener?.endpoints(['a:1'])
    source.listener?.failed(new Error('no answer'))

    expect(told).toEqual([])
    expect(source.disposed).toBe(1)
  })

  test('is never asked when the end comes first', async () => {
    const source = new HandDiscovery()
    const { watch } = listenTo(source)

    watch[Symbol.dispose]()
    await nextTurn()

    expect(source.listener).toBeUndefined()
  })

  test('is ended though the end came while it was being asked', async () => {
    let disposed = 0
    const { watch } = listenTo({
      watch: () => {
        watch[Symbol.dispose]()
        return { [Symbol.dispose]: () => void disposed++ }
      },
    })
    await nextTurn()

    expect(disposed).toBe(1)
  })

  test.each<[string, unknown, string]>([
    [
      'that throws',
      () => {
        throw new Error('no servers')
      },
      'failed: no servers',
    ],
    ['that answers nothing', () => undefined, 'failed: watch() of a discovery must return something to dispose'],
    [
      'that answers what has no end',
      () => ({}),
      'failed: [Symbol.dispose] of what watch() has returned must be a function; got undefined',
    ],
  ])('%s has failed', async (_what, watch, message) => {
    const { told } = listenTo({ watch } as Discovery)
    await nextTurn()

    expect(told).toEqual([message])
  })
})

describe('an async generator', () => {
  async function nothingYet(): Promise<EndpointSet[]> {
    await nextTurn()
    await nextTurn()
    return []
  }

  test('is a source: each set replaces the last, and what it has at the end stays', async () => {
    async function* source(): AsyncGenerator<EndpointSet> {
      yield ['a:1']
      await nextTurn()
      yield ['a:1', { endpoint: 'b:1', backup: true }]
    }

    const { told } = listenTo(source())
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    expect(told).toEqual(['a:1', 'a:1 b:1'])
  })

  test('is ended by its return, which runs its finally', async () => {
    const steps: string[] = []
    async function* source(): AsyncGenerator<EndpointSet> {
      try {
        for (let port = 1; ; port++) {
          yield [`a:${port}`]
          await nextTurn()
        }
      } finally {
        steps.push('finally')
      }
    }
    const { told, watch } = listenTo(source())
    await nextTurn()

    watch[Symbol.dispose]()
    const before = told.length
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    expect(told.slice(before)).toEqual([])
    expect(steps).toEqual(['finally'])
  })

  test('that throws has failed, and so has one that ends without a word', async () => {
    async function* broken(): AsyncGenerator<EndpointSet> {
      yield ['a:1']
      await nextTurn()
      throw new Error('the file is gone')
    }
    async function* empty(): AsyncGenerator<EndpointSet> {
      yield* await nothingYet()
    }

    const one = listenTo(broken())
    const other = listenTo(empty())
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    expect(one.told).toEqual(['a:1', 'failed: the file is gone'])
    expect(other.told).toEqual(['failed: the source of endpoints has ended before it told any'])
  })

  test('goes on after a set that is not valid', async () => {
    async function* source(): AsyncGenerator<EndpointSet> {
      yield ['a']
      await nextTurn()
      yield ['a:1']
    }

    const { told } = listenTo(source())
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    expect(told.at(0)).toMatch(/^failed: endpoints\[0\] must have a port/)
    expect(told.at(1)).toBe('a:1')
  })

  test('whose end throws, after it was not wanted any more, troubles nobody', async () => {
    const iterator = {
      next: () => new Promise<never>(() => undefined),
      return: () => Promise.reject(new Error('the file is gone')),
    }
    const { told, watch } = listenTo({ [Symbol.asyncIterator]: () => iterator })
    await nextTurn()

    watch[Symbol.dispose]()
    await nextTurn()

    expect(told).toEqual([])
  })

  test('that ends without a word because it was ended has not failed', async () => {
    async function* source(): AsyncGenerator<EndpointSet> {
      yield* await nothingYet()
    }
    const { told, watch } = listenTo(source())
    await nextTurn()

    watch[Symbol.dispose]()
    for (let turn = 0; turn < 5; turn++) await nextTurn()

    expect(told).toEqual([])
  })
})

test.each([
  [new HandDiscovery(), true],
  [(async function* () {})(), true],
  [['a:1'], false],
  [{ watch: true }, false],
  ['a:1', false],
  [null, false],
])('%o is a source: %o', (value, isOne) => {
  expect(isEndpointSource(value)).toBe(isOne)
})
