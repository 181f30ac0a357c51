/** What time does to callers and connections. */
import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'

describe('a deadline', () => {
  test('that has come refuses the waiter at that instant', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben', 500)
    const told = pool.listen()

    pool.passes(499)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['refuse ben: ACQUIRE_TIMEOUT'])
    expect(pool.stats).toMatchObject({ waiting: 0, timeouts: 1 })
  })

  test('is kept whoever has the shortest', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben', 300)
    pool.acquire('cal', 100)
    pool.acquire('dan', 200)
    const told = pool.listen()

    pool.passes(300)

    expect(told).toEqual(['refuse cal: ACQUIRE_TIMEOUT', 'refuse dan: ACQUIRE_TIMEOUT', 'refuse ben: ACQUIRE_TIMEOUT'])
  })

  test('that has come is not served by a connection that comes back in the same turn', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben', 500)
    pool.acquire('cal', 900)
    const told = pool.listen()

    pool.now = 510
    pool.release(1)

    expect(told).toEqual(['refuse ben: ACQUIRE_TIMEOUT', 'grant 1 to cal'])
  })

  test('of 0 is over at once where nothing idles', () => {
    const pool = new RecordingPool()

    pool.acquire('ann', 0)

    expect(pool.told).toEqual(['refuse ann: ACQUIRE_TIMEOUT'])
  })

  test('of 0 is met by an idle connection', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.acquire('ann', 0)

    expect(told).toEqual(['grant 1 to ann'])
  })

  test('of Infinity never comes', () => {
    const pool = new RecordingPool({ dialTimeoutMs: 100, breaker: undefined })
    pool.acquire('ann', Infinity)

    pool.passes(10_000_000, 1)

    expect(pool.stats.waiting).toBe(1)
  })
})

describe('a stalled loop', () => {
  test('gives pending I/O one turn before a deadline is final', () => {
    const pool = new RecordingPool()
    pool.acquire('ann', 100)
    const told = pool.listen()

    pool.stalls(121)
    pool.dialed(1)
    pool.polled()

    expect(told).toEqual(['poll first', 'grant 1 to ann'])
  })

  test('refuses after that turn whom nothing has served', () => {
    const pool = new RecordingPool()
    pool.acquire('ann', 100)
    const told = pool.listen()

    pool.stalls(121)
    pool.polled()

    expect(told).toEqual(['poll first', 'refuse ann: ACQUIRE_TIMEOUT'])
  })

  test('a wake-up that is 20 ms late is as good as one in time', () => {
    const pool = new RecordingPool()
    pool.acquire('ann', 100)
    const told = pool.listen()

    pool.stalls(120)

    expect(told).toEqual(['refuse ann: ACQUIRE_TIMEOUT'])
  })

  test('does not lose what becomes due during the turn of grace', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben', 100)
    pool.stalls(121)
    pool.acquire('cal', 1)
    pool.passes(5)
    pool.polled()
    pool.acquire('dan', 50)
    const told = pool.listen()

    pool.passes(50)

    expect(told).toEqual(['refuse dan: ACQUIRE_TIMEOUT'])
  })

  test('gives a dial, too, one turn before it is given up', () => {
    const pool = new RecordingPool({ dialTimeoutMs: 50 })
    pool.acquire('ann')
    const told = pool.listen()

    pool.stalls(80)
    pool.dialed(1)
    pool.polled()

    expect(told).toEqual(['poll first', 'grant 1 to ann'])
  })
})

describe('the queue', () => {
  test('is full at maxWaiting plus what may still be dialed', () => {
    const pool = new RecordingPool({ maxSize: 2, maxWaiting: 1 })

    for (const name of ['ann', 'ben', 'cal', 'dan']) pool.acquire(name)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'refuse dan: QUEUE_FULL'])
  })

  test('is full at maxWaiting when every connection is leased', () => {
    const pool = new RecordingPool({ maxSize: 1, maxWaiting: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.acquire('ben')
    pool.acquire('cal')

    expect(told).toEqual(['refuse cal: QUEUE_FULL'])
  })

  test('has room again when somebody leaves it', () => {
    const pool = new RecordingPool({ maxSize: 1, maxWaiting: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.cancel('ben')
    const told = pool.listen()

    pool.acquire('cal')

    expect(told).toEqual([])
    expect(pool.stats.waiting).toBe(1)
  })

  test('is full at once with maxWaiting 0 where a dial could not serve', () => {
    const pool = new RecordingPool({ maxSize: 1, maxWaiting: 0 })

    pool.acquire('ann')
    pool.acquire('ben')

    expect(pool.told).toEqual(['dial 1', 'refuse ben: QUEUE_FULL'])
  })
})

describe('an idle connection', () => {
  test('above minSize is closed after idleTimeoutMs', () => {
    const pool = new RecordingPool({ idleTimeoutMs: 1_000 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.passes(999)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['close 1: idle-timeout'])
  })

  test('is not above minSize if closing it would leave fewer', () => {
    const pool = new RecordingPool({ minSize: 1, maxSize: 2, idleTimeoutMs: 1_000 })
    pool.dialed(1)
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialed(2)
    pool.release(1)
    pool.release(2)
    const told = pool.listen()

    pool.passes(1_999)

    expect(told).toHaveLength(1)
    expect(pool.stats.total).toBe(1)
  })

  test('counts its rest from its last release', () => {
    const pool = new RecordingPool({ idleTimeoutMs: 1_000 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    pool.passes(900)
    pool.acquire('ben')
    pool.release(1)
    const told = pool.listen()

    pool.passes(999)

    expect(told).toEqual([])
  })

  test('that a warm-up leaves behind is closed after idleTimeoutMs', () => {
    const pool = new RecordingPool({ idleTimeoutMs: 1_000, maxLifetimeMs: Infinity })
    pool.machine.warm(1, pool.now)
    pool.dialed(1)
    pool.passes(10_000)
    const told = pool.listen()

    pool.machine.warm(0, pool.now)
    pool.passes(1_000)

    expect(told).toEqual(['close 1: idle-timeout'])
  })

  test('that a smaller minSize leaves behind is closed after idleTimeoutMs', () => {
    const pool = new RecordingPool({ minSize: 1, idleTimeoutMs: 1_000, maxLifetimeMs: Infinity })
    pool.dialed(1)
    pool.passes(10_000)
    const told = pool.listen()

    pool.machine.resize({ minSize: 0, maxSize: 10 }, pool.now)
    pool.passes(1_000)

    expect(told).toEqual(['close 1: idle-timeout'])
  })
})

describe('a connection at the end of its life', () => {
  const AGEING = { maxLifetimeMs: 10_000, lifetimeJitterRatio: 0.25, idleTimeoutMs: Infinity }

  test('is replaced before it is closed', () => {
    const pool = new RecordingPool({ ...AGEING, minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(10_000)
    pool.dialed(2)

    expect(told).toEqual(['dial 2', 'close 1: lifetime'])
    expect(pool.stats).toMatchObject({ idle: 1, closing: 1 })
  })

  test('is closed first where there is no room for two', () => {
    const pool = new RecordingPool({ ...AGEING, minSize: 1, maxSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(10_000)
    pool.closed(1)

    expect(told).toEqual(['close 1: lifetime', 'dial 2'])
  })

  test('is closed without a replacement where nobody will miss it', () => {
    const pool = new RecordingPool(AGEING)
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.passes(10_000)

    expect(told).toEqual(['close 1: lifetime'])
  })

  test('is missed if it was in use a second ago', () => {
    const pool = new RecordingPool(AGEING)
    pool.acquire('ann')
    pool.dialed(1)
    pool.passes(9_500)
    pool.release(1)
    const told = pool.listen()

    pool.passes(500)

    expect(told).toEqual(['dial 2'])
  })

  test('is closed though its replacement cannot be dialed', () => {
    const pool = new RecordingPool({ ...AGEING, minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(10_000)
    pool.dialFailed(2, 1)

    expect(told).toEqual(['dial 2', 'close 1: lifetime'])
  })

  test('is closed though its replacement takes too long', () => {
    const pool = new RecordingPool({ ...AGEING, minSize: 1, dialTimeoutMs: 50 })
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(10_050, 1)

    expect(told).toEqual(['dial 2', 'give up dial 2: timeout', 'close 1: lifetime'])
  })

  test('is replaced while it is leased, and closed when it comes back', () => {
    const pool = new RecordingPool(AGEING)
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(10_000)
    pool.dialed(2)
    pool.release(1)

    expect(told).toEqual(['dial 2', 'close 1: lifetime'])
  })

  test('is not lent any more', () => {
    const pool = new RecordingPool({ ...AGEING, maxSize: 1, minSize: 1 })
    pool.dialed(1)
    pool.now = 10_000
    const told = pool.listen()

    pool.acquire('ann')

    expect(told).toEqual(['close 1: lifetime'])
  })

  test('is there earlier by chance, never later', () => {
    const pool = new RecordingPool({ ...AGEING, maxSize: 1, minSize: 1 })
    pool.dialed(1, 1)
    const told = pool.listen()

    pool.passes(7_499)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['close 1: lifetime'])
  })

  test('has been lent maxUses times', () => {
    const pool = new RecordingPool({ maxUses: 2, maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['close 1: max-uses'])
  })

  test('has been handed on maxUses times', () => {
    const pool = new RecordingPool({ maxUses: 2, maxSize: 1 })
    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['close 1: max-uses'])
  })
})

describe('a lease that lasts', () => {
  test('longer than leakWarnMs is warned of once', () => {
    const pool = new RecordingPool({ leakWarnMs: 1_000 })
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(5_000)

    expect(told).toEqual(['warn of 1'])
  })

  test('is warned of again with the next holder', () => {
    const pool = new RecordingPool({ leakWarnMs: 1_000, maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.passes(1_000)
    pool.release(1)
    const told = pool.listen()

    pool.passes(999)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['warn of 1'])
  })

  test('longer than maxLeaseMs is taken back, and its connection closed', () => {
    const pool = new RecordingPool({ maxLeaseMs: 1_000 })
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.passes(999)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['end lease of 1: lease-time', 'close 1: taken-back'])
  })

  test('is counted from the time it was handed on', () => {
    const pool = new RecordingPool({ maxLeaseMs: 1_000, maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.passes(900)
    pool.release(1)
    const told = pool.listen()

    pool.passes(999)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['end lease of 1: lease-time', 'close 1: taken-back'])
  })
})

describe('closing', () => {
  test('that takes longer than closeTimeoutMs is cut off, and the slot is free', () => {
    const pool = new RecordingPool({ maxSize: 1, closeTimeoutMs: 200 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1, 'dirty')
    const told = pool.listen()

    pool.passes(200)

    expect(told).toEqual(['abandon 1', 'dial 2'])
  })

  test('that ends after it was cut off changes nothing', () => {
    const pool = new RecordingPool({ maxSize: 1, closeTimeoutMs: 200 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1, 'dirty')
    pool.passes(200)
    const told = pool.listen()

    pool.closed(1)

    expect(told).toEqual([])
    expect(pool.stats).toMatchObject({ dialing: 1, closing: 0 })
  })
})
