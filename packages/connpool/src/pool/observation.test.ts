import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { PoolObserver } from '../observer.ts'
import { Observation } from './observation.ts'

const POOL = { pool: 'cache', endpoint: 'redis:6379' }

/** What a channel is told during this test. */
function subscribed(name: string): unknown[] {
  const heard: unknown[] = []
  const listen = (message: unknown): void => {
    heard.push(message)
  }
  subscribe(name, listen)
  onTestFinished(() => void unsubscribe(name, listen))
  return heard
}

/** The warnings of this test. */
function warnings(): Error[] {
  const heard: Error[] = []
  const listen = (warning: Error): void => {
    heard.push(warning)
  }
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  return heard
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('an observer', () => {
  test('is told what happened, and in which pool', () => {
    const told: unknown[] = []
    const observation = new Observation(POOL, { waiting: (event) => told.push(event) })

    observation.tell('waiting', { waiting: 3 })

    expect(told).toEqual([{ ...POOL, waiting: 3 }])
  })

  test('is called as a method of its own', () => {
    class Counter implements PoolObserver {
      count = 0

      waiting(): void {
        this.count++
      }
    }
    const counter = new Counter()

    new Observation(POOL, counter).tell('waiting', { waiting: 1 })

    expect(counter.count).toBe(1)
  })

  test('that throws is reported, and nothing else happens', async () => {
    const heard = warnings()
    const observation = new Observation(POOL, {
      waiting: () => {
        throw new Error('oops')
      },
    })

    observation.tell('waiting', { waiting: 1 })
    await nextTurn()

    expect(heard).toMatchObject([{ name: 'ConnpoolWarning', code: 'CONNPOOL_OBSERVER_THREW' }])
    expect(heard[0]?.message).toBe('The observer of pool cache threw in waiting(): oops')
  })

  test('that throws does not keep the channel from hearing', async () => {
    warnings()
    const heard = subscribed('connpool:waiting')
    const observation = new Observation(POOL, {
      waiting: () => {
        throw new Error('oops')
      },
    })

    observation.tell('waiting', { waiting: 1 })
    await nextTurn()

    expect(heard).toEqual([{ ...POOL, waiting: 1 }])
  })

  test('that lacks a method is not told', () => {
    expect(() => new Observation(POOL, {}).tell('waiting', { waiting: 1 })).not.toThrow()
  })
})

describe('whether anybody listens', () => {
  test('depends on the observer', () => {
    const observation = new Observation(POOL, { acquired: () => undefined, closed: () => undefined })

    expect([observation.hearsAcquired, observation.hearsReleased, observation.hearsWaiting]).toEqual([
      true,
      false,
      false,
    ])
    expect([observation.hears('closed'), observation.hears('dialed')]).toEqual([true, false])
  })

  test.each([
    ['acquire', 'acquired'],
    ['release', 'released'],
    ['dial', 'dialed'],
    ['close', 'closed'],
    ['breaker', 'breaker'],
    ['waiting', 'waiting'],
  ] as const)('channel connpool:%s hears of %s', (name, event) => {
    const observation = new Observation(POOL, undefined)
    const before = observation.hears(event)
    subscribed(`connpool:${name}`)

    expect([before, observation.hears(event)]).toEqual([false, true])
  })

  test('is asked anew each time: subscribers come and go', () => {
    const observation = new Observation(POOL, undefined)
    const before = [observation.hearsAcquired, observation.hearsReleased, observation.hearsWaiting]
    for (const name of ['acquire', 'release', 'waiting']) subscribed(`connpool:${name}`)

    expect(before).toEqual([false, false, false])
    expect([observation.hearsAcquired, observation.hearsReleased, observation.hearsWaiting]).toEqual([true, true, true])
  })
})
