import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'

/** Somebody who answers an effect with an event, in the same turn. */
class HastyPool extends RecordingPool {
  isHasty = false

  override grant(...args: Parameters<RecordingPool['grant']>): void {
    super.grant(...args)
    if (this.isHasty) this.machine.clear(this.now)
  }
}

describe('a bug in the shell is told at once', () => {
  test.each([
    ['dialed', (pool: RecordingPool) => pool.dialed(1), 'bug: connection 1 is leased, expected dialing'],
    ['dialFailed', (pool: RecordingPool) => pool.dialFailed(1), 'bug: connection 1 is leased, expected dialing'],
    ['examined', (pool: RecordingPool) => pool.examined(1), 'bug: connection 1 is leased, expected probing'],
    ['closed', (pool: RecordingPool) => pool.closed(1), 'bug: connection 1 is leased, expected closing'],
  ])('%s of a leased connection', (_, happens, message) => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)

    expect(() => happens(pool)).toThrow(message)
  })

  test.each([
    ['released', (pool: RecordingPool) => pool.release(1, 'dirty')],
    ['released clean', (pool: RecordingPool) => pool.release(1)],
    ['detached', (pool: RecordingPool) => pool.detach(1)],
  ])('%s twice', (_, happens) => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)

    expect(() => happens(pool)).toThrow('bug: connection 1 is idle, expected leased')
  })

  test('an effect that calls back in the same turn', () => {
    const pool = new HastyPool()
    pool.acquire('ann')
    pool.isHasty = true

    expect(() => pool.dialed(1)).toThrow('bug: an effect called back into the machine in the same turn')
  })
})

describe('a race that the world may run', () => {
  test('the end of a connection that has gone is no news', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.detach(1)
    const told = pool.listen()

    pool.closed(1)
    pool.lost(1)

    expect(told).toEqual([])
  })

  test('a tick after the end of a drain is no news', () => {
    const pool = new RecordingPool()
    pool.machine.drain(1_000, pool.now)
    const told = pool.listen()

    pool.wakes()
    pool.polled()

    expect(told).toEqual([])
  })

  test('a tick too early does no harm', () => {
    const pool = new RecordingPool()
    pool.acquire('ann', 100)
    const told = pool.listen()

    pool.wakes()
    pool.passes(100)

    expect(told).toEqual(['refuse ann: ACQUIRE_TIMEOUT'])
  })
})

test('after a broken rule nothing is lent any more', () => {
  const pool = new RecordingPool({ minSize: 1 })
  pool.dialed(1)
  const told = pool.listen()

  pool.machine.halt()
  pool.tryAcquire('ann')
  pool.acquire('ben')

  expect(told).toEqual(['nothing for ann', 'refuse ben: POOL_CLOSED'])
})

describe('what a waiter waits for', () => {
  test('a dial, if it is among the first for whom there is one', () => {
    const pool = new RecordingPool({ maxSize: 1 })
    pool.acquire('ann')
    pool.acquire('ben')

    expect(['ann', 'ben'].map((name) => pool.machine.phaseOf(pool.waiter(name), 0))).toEqual(['dialing', 'queued'])
  })

  test('a connection under examination', () => {
    const pool = new RecordingPool({ maxSize: 1, minSize: 1, hasProbe: true })
    pool.dialed(1)
    pool.acquire('ann')
    pool.acquire('ben')

    expect(['ann', 'ben'].map((name) => pool.machine.phaseOf(pool.waiter(name), 0))).toEqual(['probing', 'queued'])
  })

  test('the next try, before it is due and when it is', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialFailed(1, 1)

    expect([99, 100].map((now) => pool.machine.phaseOf(pool.waiter('ann'), now))).toEqual([
      'backing-off',
      'backing-off',
    ])
  })

  test('the next try, which is under way for another', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialFailed(1, 0)
    pool.dialFailed(2, 0)
    pool.passes(1)

    expect(['ann', 'ben'].map((name) => pool.machine.phaseOf(pool.waiter(name), pool.now))).toEqual([
      'dialing',
      'backing-off',
    ])
  })
})
