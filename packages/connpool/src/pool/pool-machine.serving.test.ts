import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'

describe('when nobody is there yet', () => {
  test('the first caller causes a dial and gets its connection', () => {
    const pool = new RecordingPool()

    pool.acquire('ann')
    pool.dialed(1)

    expect(pool.told).toEqual(['dial 1', 'grant 1 to ann'])
  })

  test('a pool that nobody asks dials nothing', () => {
    const pool = new RecordingPool({ minSize: 0 })

    expect(pool.told).toEqual([])
  })
})

describe('when every connection is leased', () => {
  test('waiters are served in the order they came', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.acquire('cal')

    pool.release(1)
    pool.release(1)

    expect(pool.told).toEqual(['dial 1', 'grant 1 to ann', 'grant 1 to ben', 'grant 1 to cal'])
  })

  test('a waiter with a shorter deadline is not served before one who came earlier', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben', 500)
    pool.acquire('cal', 100)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['grant 1 to ben'])
  })

  test('one who has left is passed over', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.acquire('cal')
    pool.cancel('ben')
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['grant 1 to cal'])
  })

  test('a released connection whose waiters have all left comes to rest', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.cancel('ben')
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual([])
    expect(pool.stats).toMatchObject({ idle: 1, leased: 0, waiting: 0 })
  })

  test('a discarded connection is closed, and the next in the queue has to wait for another', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1, 'discarded')
    pool.closed(1)
    pool.dialed(2)

    expect(told).toEqual(['close 1: discarded', 'dial 2', 'grant 2 to ben'])
  })

  test('a detached connection leaves its slot to another', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.detach(1)

    expect(told).toEqual(['dial 2'])
  })
})

describe('when connections idle', () => {
  function idle(order: 'lifo' | 'fifo'): RecordingPool {
    const pool = new RecordingPool({ maxSize: 3, minSize: 3, maxDialing: 3, idleOrder: order })
    for (const id of [1, 2, 3]) pool.dialed(id)
    pool.listen()
    return pool
  }

  test('the one that came to rest last is lent first', () => {
    const pool = idle('lifo')

    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)

    expect(pool.told).toEqual(['grant 3 to ann', 'grant 2 to ben', 'grant 1 to cal'])
  })

  test('the one that has rested longest is lent first where that is asked for', () => {
    const pool = idle('fifo')

    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)

    expect(pool.told).toEqual(['grant 1 to ann', 'grant 2 to ben', 'grant 3 to cal'])
  })

  test('a connection is lent again as soon as it is back', () => {
    const pool = idle('lifo')

    pool.acquire('ann')
    pool.release(3)
    pool.acquire('ben')

    expect(pool.told).toEqual(['grant 3 to ann', 'grant 3 to ben'])
  })

  test('one that has rested beyond the end of the turn is still lent', () => {
    const pool = idle('lifo')
    pool.machine.rested(pool.entry(3))

    pool.acquire('ann')

    expect(pool.told).toEqual(['grant 3 to ann'])
  })
})

describe('what is counted', () => {
  test('a lease on a connection dialed for its caller is a miss, on an open one a hit', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1)
    pool.machine.counts.released++

    expect(pool.stats).toMatchObject({ misses: 1, hits: 1, acquired: 2, released: 1 })
  })

  test('a lease on a connection that was dialed ahead is a hit', () => {
    const pool = new RecordingPool({ maxSize: 1, minSize: 1 })
    pool.dialed(1)
    pool.acquire('ann')

    expect(pool.stats).toMatchObject({ misses: 0, hits: 1, acquired: 1 })
  })

  test('leases that are lost, detached or taken back were acquired nevertheless', () => {
    const pool = new RecordingPool({ maxSize: 3, minSize: 3, maxDialing: 3, maxLeaseMs: 50 })
    for (const id of [1, 2, 3]) pool.dialed(id)
    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)

    pool.lost(1)
    pool.detach(2)
    pool.passes(50)

    expect(pool.stats).toMatchObject({ acquired: 3, leased: 0, released: 0, discarded: 0 })
  })
})

describe('somebody who only tries', () => {
  test('gets an idle connection', () => {
    const pool = new RecordingPool({ maxSize: 1, minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.tryAcquire('ann')

    expect(told).toEqual(['grant 1 to ann'])
  })

  test('gets nothing where nothing idles, and causes no dial', () => {
    const pool = new RecordingPool({ maxSize: 2 })

    pool.tryAcquire('ann')

    expect(pool.told).toEqual(['nothing for ann'])
  })

  test('is not served before those who wait', () => {
    const pool = new RecordingPool({ maxSize: 1, hasProbe: true })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1)
    const told = pool.listen()

    pool.tryAcquire('cal')

    expect(told).toEqual(['nothing for cal'])
  })
})
