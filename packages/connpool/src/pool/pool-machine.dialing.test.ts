import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `caller ${index + 1}`)
}

describe('how many dials', () => {
  test('two at first, however many wait', () => {
    const pool = new RecordingPool({ maxSize: 10 })

    for (const name of names(5)) pool.acquire(name)

    expect(pool.told).toEqual(['dial 1', 'dial 2'])
  })

  test('one for each caller who waits, not one more', () => {
    const pool = new RecordingPool({ maxSize: 10, maxDialing: 5 })

    for (const name of names(3)) pool.acquire(name)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'dial 3'])
  })

  test('as many as maxDialing says, if it is a number', () => {
    const pool = new RecordingPool({ maxSize: 10, maxDialing: 3 })

    for (const name of names(5)) pool.acquire(name)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'dial 3'])
  })

  test('never more than maxSize connections, those being opened and closed included', () => {
    const pool = new RecordingPool({ maxSize: 2, maxDialing: 5 })
    for (const name of names(4)) pool.acquire(name)
    pool.dialed(1)
    pool.dialed(2)
    const told = pool.listen()

    pool.release(1, 'dirty')
    pool.release(2, 'dirty')
    pool.closed(1)

    expect(told).toEqual(['close 1: dirty', 'close 2: dirty', 'dial 3'])
  })

  test('twice as many each time a caller has waited through a whole dial', () => {
    const pool = new RecordingPool({ maxSize: 100 })
    for (const name of names(60)) pool.acquire(name)
    const limits = [pool.machine.dialLimit]

    for (let round = 0; round < 3; round++) {
      pool.passes(100)
      for (const { id, state } of [...pool.machine.roster.entries]) if (state === 'dialing') pool.dialed(id)
      limits.push(pool.machine.dialLimit)
    }

    expect(limits).toEqual([2, 4, 8, 16])
  })

  test('the dials of one flight raise the limit once', () => {
    const pool = new RecordingPool({ maxSize: 100 })
    for (const name of names(20)) pool.acquire(name)
    const told = pool.listen()

    pool.dialed(1)
    pool.dialed(2)

    expect(pool.machine.dialLimit).toBe(4)
    expect(told.filter((what) => what.startsWith('dial'))).toEqual(['dial 3', 'dial 4', 'dial 5', 'dial 6'])
  })

  test('no more than before where whoever waits came after the dial had begun', () => {
    const pool = new RecordingPool({ maxSize: 100, maxDialing: 'adaptive' })
    pool.acquire('ann')
    pool.passes(100)
    pool.acquire('ben')

    pool.dialed(1)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'grant 1 to ann'])
    expect(pool.machine.dialLimit).toBe(2)
  })

  test('two again as soon as nobody waits', () => {
    const pool = new RecordingPool({ maxSize: 100 })
    for (const name of names(3)) pool.acquire(name)
    pool.dialed(1)
    const raised = pool.machine.dialLimit

    pool.dialed(2)
    pool.dialed(3)

    expect([raised, pool.machine.dialLimit]).toEqual([4, 2])
  })

  test('two again when the last who waits leaves', () => {
    const pool = new RecordingPool({ maxSize: 100 })
    for (const name of names(3)) pool.acquire(name)
    pool.dialed(1)
    pool.dialed(2)
    const raised = pool.machine.dialLimit

    pool.cancel('caller 3')

    expect([raised, pool.machine.dialLimit]).toEqual([4, 2])
  })

  test('two again when the last who waits is handed a connection', () => {
    const pool = new RecordingPool({ maxSize: 2 })
    for (const name of names(4)) pool.acquire(name)
    pool.dialed(1)
    pool.dialed(2)
    const raised = pool.machine.dialLimit

    pool.release(1)
    pool.release(2)

    expect([raised, pool.machine.dialLimit]).toEqual([4, 2])
  })
})

describe('a spike: five warm connections, fifty callers who hold for 2 ms, dials of 150 ms', () => {
  test('is served by the five, and opens two more', () => {
    const pool = new RecordingPool({ maxSize: 50, minSize: 5, maxDialing: 'adaptive' })
    for (const id of [1, 2, 3, 4, 5]) pool.dialed(id)
    for (const name of names(50)) pool.acquire(name)

    let ms = 0
    for (; pool.stats.leased > 0; ms += 2) {
      pool.passes(2)
      for (const { id, state } of [...pool.machine.roster.entries]) if (state === 'leased') pool.release(id)
    }
    pool.passes(150)
    for (const { id, state } of [...pool.machine.roster.entries]) if (state === 'dialing') pool.dialed(id)

    expect(ms).toBe(20)
    expect(pool.stats).toMatchObject({ total: 7, idle: 7, dialing: 0, waiting: 0 })
  })
})

describe('a famine: twenty callers who never let go, dials of 1 s', () => {
  test('is over after four dials in a row', () => {
    const pool = new RecordingPool({ maxSize: 20 })
    for (const name of names(20)) pool.acquire(name)

    let seconds = 0
    for (; pool.stats.waiting > 0; seconds++) {
      pool.passes(1_000)
      for (const { id, state } of [...pool.machine.roster.entries]) if (state === 'dialing') pool.dialed(id)
    }

    expect(seconds).toBe(4)
    expect(pool.stats).toMatchObject({ leased: 20, dials: 20 })
  })
})

describe('a dial belongs to the pool', () => {
  test('whatever becomes free first goes to the oldest waiter', () => {
    const pool = new RecordingPool({ maxSize: 2 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['grant 1 to ben'])
    expect(pool.stats.dialing).toBe(1)
  })

  test('a dial whose caller is served otherwise is adopted', () => {
    const pool = new RecordingPool({ maxSize: 2 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1)
    const told = pool.listen()

    pool.dialed(2)

    expect(told).toEqual([])
    expect(pool.stats).toMatchObject({ idle: 1, leased: 1 })
  })

  test('a dial whose caller has left is not given up', () => {
    const pool = new RecordingPool({ maxSize: 2 })
    pool.acquire('ann')

    pool.cancel('ann')
    pool.dialed(1)

    expect(pool.told).toEqual(['dial 1'])
    expect(pool.stats.idle).toBe(1)
  })

  test('one that nobody needs any more is not started', () => {
    const pool = new RecordingPool({ maxSize: 10, maxDialing: 1 })
    for (const name of names(3)) pool.acquire(name)
    pool.cancel('caller 2')
    pool.cancel('caller 3')
    const told = pool.listen()

    pool.dialed(1)

    expect(told).toEqual(['grant 1 to caller 1'])
  })

  test('a connection that is being examined for a caller is as good as a dial for him', () => {
    const pool = new RecordingPool({ maxSize: 2, minSize: 1, hasProbe: true })
    pool.dialed(1)
    const told = pool.listen()

    pool.acquire('ann')

    expect(told).toEqual(['examine 1: probe'])
  })

  test('one that takes longer than dialTimeoutMs is given up, and its slot is free when it is gone', () => {
    const pool = new RecordingPool({ maxSize: 1, dialTimeoutMs: 50 })
    pool.acquire('ann')

    pool.passes(50)
    pool.closed(1)

    expect(pool.told).toEqual(['dial 1', 'give up dial 1: timeout', 'dial 2'])
  })

  test('one that is given up and does not end is cut off after closeTimeoutMs', () => {
    const pool = new RecordingPool({ maxSize: 1, dialTimeoutMs: 50, closeTimeoutMs: 20 })
    pool.acquire('ann')

    pool.passes(70)

    expect(pool.told).toEqual(['dial 1', 'give up dial 1: timeout', 'abandon 1', 'dial 2'])
  })

  test('one that connects after it was given up counts until it is closed, for closeTimeoutMs from then on', () => {
    const pool = new RecordingPool({ maxSize: 1, dialTimeoutMs: 50, closeTimeoutMs: 20 })
    pool.acquire('ann')
    pool.passes(69)
    pool.openedInVain(1)
    const told = pool.listen()

    pool.passes(19)
    const early = [...told]
    const { closing } = pool.stats
    pool.passes(1)

    expect(early).toEqual([])
    expect(closing).toBe(1)
    expect(told).toEqual(['abandon 1', 'dial 2'])
  })

  test('one that connects but cannot be set up is closed', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')

    pool.setupFailed(1)
    pool.closed(1)

    expect(pool.told).toEqual(['dial 1', 'close 1: never open', 'dial 2'])
  })
})

describe('minSize', () => {
  test('is dialed from the start, two at a time', () => {
    const pool = new RecordingPool({ minSize: 3 })

    pool.dialed(1)

    expect(pool.told).toEqual(['dial 1', 'dial 2', 'dial 3'])
  })

  test('is restored after a loss', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.acquire('ann')
    pool.release(1, 'dirty')

    expect(told).toEqual(['grant 1 to ann', 'close 1: dirty', 'dial 2'])
  })

  test('is restored at the pace of the backoff', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialFailed(1, 1)
    const told = pool.listen()

    pool.passes(99)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['dial 2'])
  })

  test('counts what is leased', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)

    pool.acquire('ann')

    expect(pool.told).toEqual(['dial 1', 'grant 1 to ann'])
  })
})
