import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'
import { DEFAULT_POOL_OPTIONS } from './default-options.ts'

const NO_BREAKER = { breaker: undefined }
const { breaker: BREAKER } = DEFAULT_POOL_OPTIONS

describe('after a failed dial', () => {
  test('nobody is refused while another dial may still serve him', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')

    pool.dialFailed(1, 1)

    expect(pool.told).toEqual(['dial 1'])
    expect(pool.stats).toMatchObject({ waiting: 1, dialFailures: 1 })
  })

  test('the next dial waits as long as chance says, at most baseMs', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialFailed(1, 0.5)
    const told = pool.listen()

    pool.passes(49)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['dial 2'])
  })

  test('each further failure doubles the longest delay, up to maxMs', () => {
    const pool = new RecordingPool({ ...NO_BREAKER, backoff: { baseMs: 100, maxMs: 300 } })
    pool.acquire('ann', Infinity)
    const delays: number[] = []

    for (let id = 1; id <= 4; id++) {
      pool.dialFailed(id, 1)
      delays.push(pool.wakesAt - pool.now)
      pool.passes(pool.wakesAt - pool.now)
    }

    expect(delays).toEqual([100, 200, 300, 300])
  })

  test('somebody new does not dial before the delay is over', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialFailed(1, 1)
    const told = pool.listen()

    pool.acquire('ben')

    expect(told).toEqual([])
    expect(pool.machine.phaseOf(pool.waiter('ben'), pool.now)).toBe('backing-off')
  })

  test('a released connection serves in the meantime', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.dialFailed(2, 1)
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['grant 1 to ben'])
  })

  test('one dial at a time tries again', () => {
    const pool = new RecordingPool({ maxDialing: 5 })
    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)
    for (const id of [1, 2, 3]) pool.dialFailed(id, 1)
    const told = pool.listen()

    pool.passes(100)

    expect(told).toEqual(['dial 4'])
  })

  test('the failures of dials that were under way together count once', () => {
    const pool = new RecordingPool({ maxDialing: 5, breaker: { ...BREAKER, failureThreshold: 2 } })
    for (const name of ['ann', 'ben', 'cal']) pool.acquire(name)
    const told = pool.listen()

    for (const id of [1, 2, 3]) pool.dialFailed(id, 1)

    expect(told).toEqual([])
    expect(pool.machine.breakerState).toBe('closed')
  })

  test('a success ends the delay, and one, two, four dials follow', () => {
    const pool = new RecordingPool({ maxSize: 100, maxDialing: 8 })
    for (let count = 1; count <= 40; count++) pool.acquire(`caller ${count}`)
    for (let id = 1; id <= 8; id++) pool.dialFailed(id, 1)
    pool.passes(100)
    const limits = [pool.machine.dialLimit]

    for (let id = 9; id <= 16; id++) {
      pool.dialed(id)
      limits.push(pool.machine.dialLimit)
    }

    expect(limits).toEqual([1, 1, 2, 4, 8, 8, 8, 8, 8])
  })
})

/** Each dial fails at once and the next is made when it may be; chance is on our side. */
function fail(pool: RecordingPool, from: number, to: number): void {
  for (let id = from; id <= to; id++) {
    pool.dialFailed(id, 0)
    const isDown = pool.machine.breakerState === 'open'
    if (!isDown && pool.stats.dialing === 0) pool.passes(Math.max(0, pool.wakesAt - pool.now))
  }
}

describe('with a breaker', () => {
  test('failureThreshold failures in a row open it and refuse all who wait', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialFailed(1, 0)
    pool.dialFailed(2, 0)

    fail(pool, 3, 6)

    expect(pool.told.slice(-3)).toEqual(['breaker open', 'refuse ann: DIAL_FAILED', 'refuse ben: DIAL_FAILED'])
    expect(pool.stats.dialFailures).toBe(6)
  })

  test('it refuses them though another dial is under way', () => {
    const pool = new RecordingPool({ breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.acquire('ben')
    const told = pool.listen()

    pool.dialFailed(1)

    expect(told).toEqual(['breaker open', 'refuse ann: DIAL_FAILED', 'refuse ben: DIAL_FAILED'])
    expect(pool.stats.dialing).toBe(1)
  })

  test('the attempt that would open it waits, whatever chance says, until 2.5 times baseMs have passed', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    for (let id = 1; id <= 4; id++) pool.dialFailed(id, 0)
    const told = pool.listen()

    pool.passes(249)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['dial 5'])
  })

  test('while it is open newcomers are refused at the door', () => {
    const pool = openBreaker()

    pool.acquire('cal')

    expect(pool.told).toEqual(['refuse cal: CIRCUIT_OPEN'])
    expect(pool.machine.retryAfterMs(pool.now)).toBe(10_000)
  })

  test('while it is open an idle connection is lent nevertheless', () => {
    const pool = new RecordingPool({ maxSize: 2, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.dialFailed(2)
    pool.release(1)
    const told = pool.listen()

    pool.acquire('cal')

    expect(told).toEqual(['grant 1 to cal'])
  })

  test('one whom a connection under examination can serve is let in, the next is not', () => {
    const pool = new RecordingPool({ maxSize: 2, hasProbe: true, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.dialFailed(2)
    pool.release(1)
    const told = pool.listen()

    pool.acquire('cal')
    pool.acquire('dan')
    pool.examined(1)

    expect(told).toEqual(['examine 1: probe', 'refuse dan: CIRCUIT_OPEN', 'grant 1 to cal'])
  })

  test('one who was let in and has nobody left to serve him is refused at once', () => {
    const pool = new RecordingPool({ maxSize: 2, hasProbe: true, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.dialFailed(2)
    pool.release(1)
    pool.acquire('cal')
    const told = pool.listen()

    pool.examined(1, 'unsound')

    expect(told).toEqual(['close 1: probe-failed', 'refuse cal: DIAL_FAILED'])
  })

  test('after openMs a newcomer is let in to try the endpoint, and one only', () => {
    const pool = openBreaker()
    pool.passes(10_000)

    pool.acquire('cal')
    pool.acquire('dan')

    expect(pool.told).toEqual(['breaker half-open', 'dial 6', 'refuse dan: CIRCUIT_OPEN'])
  })

  test('as many try it as halfOpenProbes says', () => {
    const pool = openBreaker({ ...BREAKER, halfOpenProbes: 2 })
    pool.passes(10_000)

    for (const name of ['cal', 'dan', 'eve']) pool.acquire(name)

    expect(pool.told.at(-1)).toBe('refuse eve: CIRCUIT_OPEN')
    expect(pool.stats.waiting).toBe(2)
  })

  test('a pool that keeps connections open tries it by itself', () => {
    const pool = new RecordingPool({ minSize: 1, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.dialFailed(1)
    const told = pool.listen()

    pool.passes(10_000)

    expect(told).toEqual(['breaker half-open', 'dial 2'])
  })

  test('a success closes it', () => {
    const pool = openBreaker()
    pool.passes(10_000)
    pool.acquire('cal')

    pool.dialed(6)

    expect(pool.told).toEqual(['breaker half-open', 'dial 6', 'breaker closed', 'grant 6 to cal'])
  })

  test('a failed try opens it for twice as long', () => {
    const pool = openBreaker()
    pool.passes(10_000)
    pool.acquire('cal')

    pool.dialFailed(6)

    expect(pool.told.slice(2)).toEqual(['breaker open', 'refuse cal: DIAL_FAILED'])
    expect(pool.machine.retryAfterMs(pool.now)).toBe(20_000)
  })

  test('a dial that takes too long is a failure like any other', () => {
    const pool = new RecordingPool({ dialTimeoutMs: 50, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')

    pool.passes(50)

    expect(pool.told).toEqual(['dial 1', 'give up dial 1: timeout', 'breaker open', 'refuse ann: DIAL_FAILED'])
  })

  test('want of something on this machine is not held against the endpoint', () => {
    const pool = new RecordingPool({ breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')

    pool.dialFailedHere(1, 1)

    expect(pool.told).toEqual(['dial 1'])
    expect(pool.machine.phaseOf(pool.waiter('ann'), pool.now)).toBe('backing-off')
  })

  test('a connection that serves well between two failures keeps it closed', () => {
    const pool = new RecordingPool({ maxSize: 2, breaker: { ...BREAKER, failureThreshold: 2 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.dialFailed(2, 0.1)

    pool.release(1)
    pool.acquire('cal')
    pool.passes(250)
    pool.dialFailed(3, 0.1)

    expect(pool.machine.breakerState).toBe('closed')
    expect(pool.stats.waiting).toBe(1)
  })

  test('a discard for a reason counts as a failure', () => {
    const pool = new RecordingPool({ maxSize: 1, breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1, 'discarded')
    pool.endpointFailed(1)

    expect(told).toEqual(['close 1: discarded', 'breaker open', 'refuse ben: DIAL_FAILED'])
  })

  test('a discard that opens it refuses all who wait, though a dial is under way', () => {
    const pool = new RecordingPool({ breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1, 'discarded')
    pool.endpointFailed(1)

    expect(told).toEqual(['close 1: discarded', 'breaker open', 'refuse ben: DIAL_FAILED'])
    expect(pool.stats.dialing).toBe(1)
  })

  test('a discard while it is open changes nothing', () => {
    const pool = new RecordingPool({ breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialed(1)
    pool.dialed(2)
    pool.release(1, 'discarded')
    pool.endpointFailed(1)
    const { now } = pool

    pool.passes(1_000)
    pool.release(2, 'discarded')
    pool.endpointFailed(2)

    expect(pool.machine.retryAfterMs(now)).toBe(10_000)
  })

  test('discards of connections of one time count once, and apart from failed dials', () => {
    const pool = new RecordingPool({ maxSize: 8, maxDialing: 8, breaker: { ...BREAKER, failureThreshold: 5 } })
    const ids = [1, 2, 3, 4, 5, 6, 7, 8]
    for (const id of ids) pool.acquire(`holder ${id}`)
    for (const id of ids) pool.dialed(id)
    pool.acquire('ann')

    for (const id of ids) {
      pool.release(id, 'discarded')
      pool.endpointFailed(id)
    }

    expect(pool.machine.breakerState).toBe('closed')
    expect(pool.stats.waiting).toBe(1)
  })
})

/** Five dials have failed, and nobody waits any more. */
function openBreaker(breaker: typeof BREAKER = BREAKER): RecordingPool {
  const pool = new RecordingPool({ breaker })
  pool.acquire('ann')
  fail(pool, 1, 5)
  pool.listen()
  return pool
}

describe('without a breaker', () => {
  test('those who wait go on waiting, to their deadline', () => {
    const pool = new RecordingPool(NO_BREAKER)
    pool.acquire('ann', 5_000)

    for (let id = 1; pool.now < 4_900; id++) {
      pool.dialFailed(id, 1)
      pool.passes(Math.min(pool.wakesAt, 4_900) - pool.now)
    }
    const told = pool.listen()
    pool.passes(100)

    expect(told).toContain('refuse ann: ACQUIRE_TIMEOUT')
  })
})

describe('a connection that dies before anybody has used it', () => {
  test('is not replaced before the backoff has passed, though the dial succeeded', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    const told = pool.listen()

    pool.lost(1, 'peer-closed', 1)
    pool.closed(1)
    pool.passes(99)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual(['close 1: peer-closed'])
    expect(told.slice(1)).toEqual(['dial 2'])
  })

  test('makes the next delay longer if the next one dies so, too', () => {
    const pool = new RecordingPool({ minSize: 1 })
    const delays: number[] = []

    for (let id = 1; id <= 3; id++) {
      pool.dialed(id)
      pool.lost(id, 'peer-closed', 1)
      pool.closed(id)
      delays.push(pool.wakesAt - pool.now)
      pool.passes(pool.wakesAt - pool.now)
    }

    expect(delays).toEqual([100, 200, 400])
  })

  test('is forgiven when another one has been used and came back well', () => {
    const pool = new RecordingPool({ minSize: 2 })
    pool.dialed(1)
    pool.dialed(2)
    pool.lost(2, 'peer-closed', 1)
    pool.closed(2)
    const told = pool.listen()

    pool.acquire('ann')
    pool.release(1)

    expect(told).toEqual(['grant 1 to ann', 'dial 3'])
  })

  test('is something else than one that dies after it was used', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.acquire('ann')
    pool.release(1)
    const told = pool.listen()

    pool.lost(1, 'peer-closed', 1)

    expect(told).toEqual(['close 1: peer-closed', 'dial 2'])
  })

  test('does not shorten the delay after a failed dial', () => {
    const pool = new RecordingPool({ minSize: 2, maxSize: 2 })
    pool.dialed(1)
    pool.dialFailed(2, 1)
    const told = pool.listen()

    pool.lost(1, 'peer-closed', 0)
    pool.passes(99)

    expect(told).toEqual(['close 1: peer-closed'])
  })
})

describe('a lease whose connection is lost', () => {
  test('ends, and the connection is closed', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.lost(1, 'socket-error')

    expect(told).toEqual(['end lease of 1: lost', 'close 1: socket-error'])
  })

  test('is lost once', () => {
    const pool = new RecordingPool()
    pool.acquire('ann')
    pool.dialed(1)
    pool.lost(1, 'socket-error')
    const told = pool.listen()

    pool.lost(1, 'peer-closed')

    expect(told).toEqual([])
  })
})
