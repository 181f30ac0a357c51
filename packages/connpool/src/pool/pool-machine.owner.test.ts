/** What the pool's owner may ask: pause, clear, resize, warm, drain. */
import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'

describe('a pause', () => {
  test('lends nothing, dials nothing, and lets callers wait', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.pause()
    const told = pool.listen()

    pool.acquire('ann')
    pool.acquire('ben')

    expect(told).toEqual([])
    expect(pool.stats).toMatchObject({ waiting: 2, idle: 1, dialing: 0 })
    expect(pool.machine.phaseOf(pool.waiter('ann'), pool.now)).toBe('paused')
  })

  test('lends nothing to somebody who only tries', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.pause()
    const told = pool.listen()

    pool.tryAcquire('ann')

    expect(told).toEqual(['nothing for ann'])
  })

  test('keeps a connection that comes back from those who wait', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.machine.pause()
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual([])
    expect(pool.stats).toMatchObject({ idle: 1, waiting: 1 })
  })

  test('ends with everybody served in the order they came', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.pause()
    pool.acquire('ann')
    pool.acquire('ben')
    const told = pool.listen()

    pool.machine.resume(pool.now)

    expect(told).toEqual(['grant 1 to ann', 'dial 2'])
  })

  test('does not stop deadlines', () => {
    const pool = new RecordingPool()
    pool.machine.pause()
    pool.acquire('ann', 100)

    pool.passes(100)

    expect(pool.told).toEqual(['refuse ann: ACQUIRE_TIMEOUT'])
  })

  test('lets callers wait though the breaker is open', () => {
    const pool = new RecordingPool({
      breaker: { ...DEFAULT_POOL_OPTIONS.breaker, failureThreshold: 1, openMs: 1_000, maxOpenMs: 1_000 },
    })
    pool.acquire('ann')
    pool.dialFailed(1)
    pool.machine.pause()
    const told = pool.listen()

    pool.acquire('ben')

    expect(told).toEqual([])
  })

  test('does not replace what has grown old', () => {
    const pool = new RecordingPool({ minSize: 1, maxLifetimeMs: 1_000 })
    pool.dialed(1)
    pool.machine.pause()
    const told = pool.listen()

    pool.passes(1_000)

    expect(told).toEqual(['close 1: lifetime'])
  })
})

describe('a clear', () => {
  test('closes what idles', () => {
    const pool = new RecordingPool({ minSize: 2 })
    pool.dialed(1)
    pool.dialed(2)
    const told = pool.listen()

    pool.machine.clear(pool.now)

    expect(told.slice(0, 2)).toEqual(['close 2: cleared', 'close 1: cleared'])
  })

  test('closes what is leased when it comes back', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.machine.clear(pool.now)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['close 1: cleared'])
  })

  test('does not hand on what comes back', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.machine.clear(pool.now)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['close 1: cleared'])
  })

  test('closes what is being dialed when it is open', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.machine.clear(pool.now)
    const told = pool.listen()

    pool.dialed(1)
    pool.closed(1)

    expect(told).toEqual(['close 1: cleared', 'dial 2'])
  })

  test('closes what is being probed when that is done', () => {
    const pool = new RecordingPool({ minSize: 1, maxSize: 1, hasProbe: true })
    pool.dialed(1)
    pool.acquire('ann')
    pool.machine.clear(pool.now)
    const told = pool.listen()

    pool.examined(1)

    expect(told).toEqual(['close 1: cleared'])
  })

  test('leaves alone what is dialed after it', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.machine.clear(pool.now)
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual([])
    expect(pool.stats.idle).toBe(1)
  })
})

describe('a smaller maxSize', () => {
  test('closes surplus idle connections, those that have rested longest first', () => {
    const pool = new RecordingPool({ minSize: 3, maxSize: 3, maxDialing: 3 })
    for (const id of [1, 2, 3]) pool.dialed(id)
    const told = pool.listen()

    pool.machine.resize({ minSize: 0, maxSize: 1 }, pool.now)

    expect(told).toEqual(['close 1: shrunk', 'close 2: shrunk'])
  })

  test('closes leased ones when they come back', () => {
    const pool = new RecordingPool({ maxSize: 2, maxDialing: 2 })
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialed(1)
    pool.dialed(2)
    pool.machine.resize({ minSize: 0, maxSize: 1 }, pool.now)
    const told = pool.listen()

    pool.release(1)
    pool.release(2)

    expect(told).toEqual(['close 1: shrunk'])
    expect(pool.stats).toMatchObject({ idle: 1, closing: 1 })
  })

  test('does not count what is closing already', () => {
    const pool = new RecordingPool({ minSize: 2, maxSize: 2, maxDialing: 2 })
    pool.dialed(1)
    pool.dialed(2)
    pool.lost(1)
    const told = pool.listen()

    pool.machine.resize({ minSize: 0, maxSize: 1 }, pool.now)

    expect(told).toEqual([])
  })

  test('dials nothing before there is room', () => {
    const pool = new RecordingPool({ maxSize: 2, maxDialing: 2 })
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialed(1)
    pool.dialed(2)
    pool.machine.resize({ minSize: 0, maxSize: 1 }, pool.now)
    pool.acquire('cal')
    const told = pool.listen()

    pool.release(1, 'dirty')
    pool.closed(1)
    pool.release(2, 'dirty')
    pool.closed(2)

    expect(told).toEqual(['close 1: dirty', 'close 2: dirty', 'dial 3'])
  })
})

describe('larger limits', () => {
  test('let those who wait have dials', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.machine.resize({ minSize: 0, maxSize: 2 }, pool.now)

    expect(told).toEqual(['dial 2'])
  })

  test('a larger minSize is dialed at once', () => {
    const pool = new RecordingPool()

    pool.machine.resize({ minSize: 1, maxSize: 10 }, pool.now)

    expect(pool.told).toEqual(['dial 1'])
  })
})

describe('a warm-up', () => {
  test('dials more at once than at first when a dial has succeeded', () => {
    const pool = new RecordingPool({ maxSize: 10 })
    pool.machine.warm(7, pool.now)
    const atFirst = pool.stats.dialing

    pool.dialed(1)

    expect(atFirst).toBe(2)
    expect(pool.stats).toMatchObject({ idle: 1, dialing: 4 })
  })

  test('dials up to its count', () => {
    const pool = new RecordingPool({ maxSize: 10 })
    pool.machine.warm(4, pool.now)

    for (const id of [1, 2, 3, 4]) pool.dialed(id)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'dial 3', 'dial 4'])
  })

  test('that is over dials no more', () => {
    const pool = new RecordingPool({ maxSize: 10 })
    pool.machine.warm(5, pool.now)
    pool.machine.warm(0, pool.now)
    const told = pool.listen()

    pool.dialed(1)
    pool.dialed(2)

    expect(told).toEqual([])
  })

  test('never goes beyond maxSize', () => {
    const pool = new RecordingPool({ maxSize: 1 })

    pool.machine.warm(1, pool.now)
    pool.machine.resize({ minSize: 0, maxSize: 1 }, pool.now)

    expect(pool.told).toEqual(['dial 1'])
  })
})

describe('a drain', () => {
  test('of an empty pool is over at once', () => {
    const pool = new RecordingPool()

    pool.machine.drain(1_000, pool.now)

    expect(pool.told).toEqual(['drained'])
    expect(pool.machine.lifecycle).toBe('stopped')
  })

  test('refuses waiters, closes what idles and gives up dials at once', () => {
    const pool = new RecordingPool({ minSize: 1, maxSize: 3 })
    pool.dialed(1)
    pool.machine.pause()
    pool.acquire('ann')
    pool.machine.resize({ minSize: 1, maxSize: 3 }, pool.now)
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)

    expect(told).toEqual(['refuse ann: POOL_CLOSED', 'close 1: pool-closed'])
  })

  test('gives up dials under way', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.closed(1)

    expect(told).toEqual(['refuse ann: POOL_CLOSED', 'give up dial 1: pool-closed', 'drained'])
  })

  test('closes what is being examined', () => {
    const pool = new RecordingPool({ minSize: 1, hasProbe: true })
    pool.dialed(1)
    pool.acquire('ann')
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)

    expect(told).toEqual(['refuse ann: POOL_CLOSED', 'close 1: pool-closed'])
  })

  test('waits for leases, and closes what comes back', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.passes(500)
    pool.release(1)
    pool.closed(1)

    expect(told).toEqual(['close 1: pool-closed', 'drained'])
  })

  test('takes leases back at its deadline', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.passes(999)
    const early = [...told]
    pool.passes(1)
    pool.closed(1)

    expect(early).toEqual([])
    expect(told).toEqual(['end lease of 1: pool-closed', 'close 1: taken-back', 'drained'])
  })

  test('takes leases back at once with no time given', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.machine.drain(pool.now, pool.now)

    expect(told).toEqual(['end lease of 1: pool-closed', 'close 1: taken-back'])
  })

  test('asked for again with less time has less time', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.machine.drain(1_000, pool.now)
    const told = pool.listen()

    pool.machine.drain(100, pool.now)
    pool.passes(100)

    expect(told).toEqual(['end lease of 1: pool-closed', 'close 1: taken-back'])
  })

  test('asked for again with more time has no more', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.machine.drain(100, pool.now)
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.passes(100)

    expect(told).toEqual(['end lease of 1: pool-closed', 'close 1: taken-back'])
  })

  test('is over though a connection never closes', () => {
    const pool = new RecordingPool({ minSize: 1, closeTimeoutMs: 200 })
    pool.dialed(1)
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.passes(200)

    expect(told).toEqual(['close 1: pool-closed', 'abandon 1', 'drained'])
  })

  test('ends a pause, too', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.pause()
    const told = pool.listen()

    pool.machine.drain(1_000, pool.now)
    pool.closed(1)

    expect(told).toEqual(['close 1: pool-closed', 'drained'])
  })

  test('lets nobody in, before its end and after', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.machine.drain(1_000, pool.now)
    const told = pool.listen()

    pool.acquire('ben')
    pool.release(1)
    pool.closed(1)
    pool.acquire('cal')

    expect(told).toEqual(['refuse ben: POOL_CLOSED', 'close 1: pool-closed', 'drained', 'refuse cal: POOL_CLOSED'])
  })

  test('does not keep minSize up', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.drain(1_000, pool.now)
    const told = pool.listen()

    pool.closed(1)

    expect(told).toEqual(['drained'])
  })
})

describe('an allowance below what there is', () => {
  test('closes idle connections over it, the oldest first, and no others', () => {
    const pool = new RecordingPool({ minSize: 3, maxSize: 3 })
    for (const id of [1, 2, 3]) pool.dialed(id)
    pool.machine.pause()
    const told = pool.listen()

    pool.machine.limitTo(2, pool.now)

    expect(told).toEqual(['close 1: shrunk'])
    expect(pool.stats).toMatchObject({ idle: 2, maxSize: 3 })
  })

  test('closes a leased connection when it comes back, though somebody waits for it', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.machine.limitTo(0, pool.now)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['close 1: shrunk'])
  })

  test('that is lifted in time closes nothing', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.machine.limitTo(0, pool.now)
    pool.machine.limitTo(Infinity, pool.now)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['grant 1 to ben'])
  })
})
