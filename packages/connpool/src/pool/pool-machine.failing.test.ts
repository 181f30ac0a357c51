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

describe('a dial that ran out of time while the loop was blocked', () => {
  const rules = { dialTimeoutMs: 50, breaker: { ...BREAKER, failureThreshold: 1, failureRatio: 0.1, minSamples: 1 } }

  test('is given up, and not held against the endpoint', () => {
    const pool = new RecordingPool(rules)
    pool.acquire('ann')
    pool.stalls(200)
    const told = pool.listen()

    pool.polled()

    expect(told).toEqual(['give up dial 1: stalled', 'dial 2'])
    expect(pool.machine.breakerReport(pool.now)).toMatchObject({ state: 'closed', failures: 0 })
  })

  test('still makes the next one wait', () => {
    const pool = new RecordingPool(rules)
    pool.acquire('ann')
    pool.stalls(200)

    pool.polled(1)

    expect(pool.machine.phaseOf(pool.waiter('ann'), pool.now)).toBe('backing-off')
  })

  test('says nothing of the dials after it', () => {
    const pool = new RecordingPool(rules)
    pool.acquire('ann')
    pool.stalls(200)
    pool.polled(0)
    const told = pool.listen()

    pool.passes(60)

    expect(told).toEqual(['give up dial 2: timeout', 'breaker open', 'refuse ann: DIAL_FAILED'])
  })
})

describe('an endpoint that is up again', () => {
  const rules = { maxSize: 100, maxDialing: 8, breaker: { ...BREAKER, failureThreshold: 1 } }

  /** As a caller reported it down; dials went well all the time. */
  function reportedDown(): RecordingPool {
    const pool = new RecordingPool(rules)
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1, 'discarded')
    pool.endpointFailed(1)
    pool.passes(BREAKER.openMs)
    return pool
  }

  test('is dialed once, and then by one, two, four …, however it was found to be down', () => {
    const pool = reportedDown()
    pool.acquire('ben')
    pool.acquire('cal')
    pool.dialed(2)
    for (let count = 1; count <= 40; count++) pool.acquire(`caller ${count}`)
    const limits = [pool.machine.dialLimit]

    for (let id = 3; id <= 6; id++) {
      pool.dialed(id)
      limits.push(pool.machine.dialLimit)
    }

    expect(limits).toEqual([1, 2, 4, 8, 8])
  })

  test('is dialed so after an isolation, too', () => {
    const pool = new RecordingPool(rules)
    pool.machine.isolate(pool.now)

    pool.machine.endIsolation(pool.now)

    expect(pool.machine.dialLimit).toBe(1)
  })

  test('was tried by as many dials at once as halfOpenProbes says', () => {
    const breaker = { ...BREAKER, failureThreshold: 1, halfOpenProbes: 2 }
    const pool = new RecordingPool({ maxSize: 100, minSize: 5, breaker })
    pool.dialFailed(1, 0)
    pool.dialFailed(2, 0)
    const told = pool.listen()

    pool.passes(BREAKER.openMs)

    expect(told).toEqual(['breaker half-open', 'dial 3', 'dial 4'])
  })

  test('is not said to be up by a dial from before it went down, which is lent all the same', () => {
    const pool = new RecordingPool({ breaker: { ...BREAKER, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.acquire('ben')
    pool.dialFailed(1)
    const told = pool.listen()

    pool.dialed(2)
    pool.acquire('cal')
    pool.acquire('dan')

    expect(told).toEqual(['grant 2 to cal', 'refuse dan: CIRCUIT_OPEN'])
  })
})

describe('with a share of failures', () => {
  const breaker = { ...BREAKER, failureThreshold: 100, failureRatio: 0.5, minSamples: 4 }

  /** One after the other, over one connection and, if it fails, the next. */
  function lease(pool: RecordingPool, id: number, how: 'well' | 'badly'): void {
    if (pool.stats.dialing > 0) pool.dialed(id)
    if (how === 'well') return pool.release(id)
    pool.release(id, 'discarded')
    pool.endpointFailed(id)
  }

  test('clean leases count, though nothing else would have to be told of them', () => {
    const pool = new RecordingPool({ breaker })
    pool.acquire('ann')
    lease(pool, 1, 'well')
    for (const name of ['ben', 'cal', 'dan']) {
      pool.acquire(name)
      lease(pool, 1, 'well')
    }
    pool.acquire('eve')
    lease(pool, 1, 'badly')

    const states = [pool.machine.breakerState]
    for (const id of [2, 3, 4, 5]) {
      pool.acquire(`caller ${id}`)
      lease(pool, id, 'badly')
      states.push(pool.machine.breakerState)
    }

    // 1 of 6; then a dial that succeeds and a lease that fails each time: 5 of 14 at the end
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'closed'])
  })

  test('leases that fail open it, each by itself', () => {
    const pool = new RecordingPool({ maxSize: 4, maxDialing: 4, breaker: { ...breaker, minSamples: 8 } })
    for (const name of ['ann', 'ben', 'cal', 'dan']) pool.acquire(name)
    for (const id of [1, 2, 3, 4]) pool.dialed(id)
    const told = pool.listen()

    for (const id of [1, 2, 3, 4]) {
      pool.release(id, 'discarded')
      pool.endpointFailed(id)
    }

    expect(told.at(-1)).toBe('breaker open')
    expect(told.filter((each) => each === 'breaker open')).toHaveLength(1)
  })

  test('a lease that only ended a connection too old to be kept ended well', () => {
    const pool = new RecordingPool({ maxUses: 1, breaker: { ...breaker, minSamples: 5 } })
    for (const id of [1, 2]) {
      pool.acquire(`caller ${id}`)
      pool.dialed(id)
      pool.release(id)
      pool.closed(id)
    }
    pool.acquire('cal')

    for (const id of [3, 4, 5]) {
      pool.dialFailed(id, 0)
      pool.passes(100)
    }

    expect(pool.machine.breakerState).toBe('closed') // 3 of 7
  })
})

describe('with a rule of the user', () => {
  const rule = { success: (): void => undefined, failure: (): boolean => false }
  const breaker = { ...BREAKER, rule }

  test('it hears of dials and leases', () => {
    const pool = new RecordingPool({ breaker })
    pool.acquire('ann')
    pool.dialFailed(1)
    pool.passes(0)
    pool.dialed(2)
    pool.release(2)
    pool.acquire('ben')
    pool.release(2, 'discarded')
    pool.endpointFailed(2)

    const heard = pool.told.filter((each) => each.startsWith('rule'))
    expect(heard).toEqual([
      'rule: failure, closed',
      'rule: success, closed',
      'rule: success, closed',
      'rule: failure, closed',
    ])
  })

  test('nothing else opens the breaker', () => {
    const pool = new RecordingPool({ breaker: { ...breaker, failureThreshold: 1 } })
    pool.acquire('ann')
    pool.dialFailed(1, 0)
    pool.passes(0)
    pool.dialed(2)

    pool.release(2, 'discarded')
    pool.endpointFailed(2)

    expect(pool.machine.breakerState).toBe('closed')
  })

  test('it hears nothing of what this machine lacked', () => {
    const pool = new RecordingPool({ breaker })
    pool.acquire('ann')

    pool.dialFailedHere(1)

    expect(pool.told.filter((each) => each.startsWith('rule'))).toEqual([])
  })

  test('it opens the breaker, and all who wait are refused', () => {
    const pool = new RecordingPool({ breaker })
    pool.acquire('ann')
    pool.dialFailed(1, 1)
    const told = pool.listen()

    pool.machine.condemned(pool.now)
    pool.machine.condemned(pool.now)

    expect(told).toEqual(['breaker open', 'refuse ann: DIAL_FAILED'])
  })
})

describe('an isolation', () => {
  test('refuses those who wait and those who come, and dials nothing', () => {
    const pool = new RecordingPool({ minSize: 1, maxSize: 1 })
    pool.dialed(1)
    pool.acquire('ann')
    pool.acquire('ben')
    const told = pool.listen()

    pool.machine.isolate(pool.now)
    pool.acquire('cal')
    pool.release(1, 'discarded')
    pool.closed(1)
    pool.passes(3_600_000)

    expect(told).toEqual(['breaker open', 'refuse ben: CIRCUIT_OPEN', 'refuse cal: CIRCUIT_OPEN', 'close 1: discarded'])
  })

  test('lends what idles', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.dialed(1)
    pool.machine.isolate(pool.now)
    const told = pool.listen()

    pool.acquire('ann')
    pool.release(1)
    pool.acquire('ben')

    expect(told).toEqual(['grant 1 to ann', 'grant 1 to ben'])
  })

  test('keeps what a dial that was under way brings', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.machine.isolate(pool.now)

    pool.dialed(1)

    expect(pool.stats).toMatchObject({ idle: 1 })
    expect(pool.machine.breakerState).toBe('open')
  })

  test('refuses with CIRCUIT_OPEN also who was let in for a connection that then proved unsound', () => {
    const pool = new RecordingPool({ minSize: 1, maxSize: 1, hasProbe: true })
    pool.dialed(1)
    pool.machine.isolate(pool.now)
    pool.passes(10)
    pool.acquire('ann')
    const told = pool.listen()

    pool.examined(1, 'unsound')

    expect(told).toEqual(['close 1: probe-failed', 'refuse ann: CIRCUIT_OPEN'])
  })

  test('is followed by dials when the last of several ends', () => {
    const pool = new RecordingPool({ minSize: 1 })
    pool.machine.isolate(pool.now)
    pool.machine.isolate(pool.now)
    pool.dialFailed(1)
    const told = pool.listen()

    pool.machine.endIsolation(pool.now)
    const first = [...told]
    pool.machine.endIsolation(pool.now)

    expect(first).toEqual([])
    expect(told).toEqual(['breaker closed', 'dial 2'])
  })

  test('of a pool that has stopped changes nothing', () => {
    const pool = new RecordingPool()
    pool.machine.drain(pool.now, pool.now)
    const told = pool.listen()

    pool.machine.isolate(pool.now)
    pool.machine.endIsolation(pool.now)
    pool.machine.condemned(pool.now)

    expect(told).toEqual([])
  })
})
