/** What is done with a connection before it is lent again: a turn of the loop, a probe, a reset. */
import { describe, expect, test } from 'vitest'

import { RecordingPool } from '../../test/machine/recording-pool.ts'

const PROBED = { hasProbe: true, probeAfterIdleMs: 0, probeIntervalMs: Infinity }

/** So many connections idle. */
function idle(count: number, rules: ConstructorParameters<typeof RecordingPool>[0], kind?: 'streams'): RecordingPool {
  const pool = new RecordingPool({ maxSize: count, minSize: count, maxDialing: count, ...rules }, kind)
  for (let id = 1; id <= count; id++) pool.dialed(id)
  pool.listen()
  return pool
}

describe('a probe before lending', () => {
  test('is made of an idle connection', () => {
    const pool = idle(1, PROBED)

    pool.acquire('ann')
    pool.examined(1)

    expect(pool.told).toEqual(['examine 1: probe', 'grant 1 to ann'])
    expect(pool.stats).toMatchObject({ probes: 1, probesPassed: 1, probeFailures: 0 })
  })

  test('is not made of a connection dialed for its caller', () => {
    const pool = new RecordingPool(PROBED)

    pool.acquire('ann')
    pool.dialed(1)

    expect(pool.told).toEqual(['dial 1', 'grant 1 to ann'])
  })

  test('is made of one that is handed on where every lease asks for it', () => {
    const pool = new RecordingPool({ ...PROBED, maxSize: 1 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1)

    expect(told).toEqual(['examine 1: probe'])
  })

  test('is not made of one that has rested for less than probeAfterIdleMs', () => {
    const pool = idle(1, { ...PROBED, probeAfterIdleMs: 500 })

    pool.passes(499)
    pool.acquire('ann')

    expect(pool.told).toEqual(['grant 1 to ann'])
  })

  test('is made of one that has rested that long', () => {
    const pool = idle(1, { ...PROBED, probeAfterIdleMs: 500 })

    pool.passes(500)
    pool.acquire('ann')

    expect(pool.told).toEqual(['examine 1: probe'])
  })

  test('that fails closes the connection, and the caller gets another', () => {
    const pool = idle(2, PROBED)

    pool.acquire('ann')
    pool.examined(2, 'unsound')

    expect(pool.told).toEqual(['examine 2: probe', 'close 2: probe-failed', 'examine 1: probe'])
    expect(pool.stats).toMatchObject({ probes: 2, probesPassed: 0, probeFailures: 1 })
  })

  test('that outlasts probeTimeoutMs has failed', () => {
    const pool = idle(1, { ...PROBED, probeTimeoutMs: 100 })
    pool.acquire('ann')
    const told = pool.listen()

    pool.passes(100)

    expect(told).toEqual(['close 1: probe-failed'])
  })

  test('is made of as many connections as there are callers', () => {
    const pool = idle(3, PROBED)

    pool.acquire('ann')
    pool.acquire('ben')

    expect(pool.told).toEqual(['examine 3: probe', 'examine 2: probe'])
  })

  test('whose caller has left leaves the connection to rest', () => {
    const pool = idle(1, PROBED)
    pool.acquire('ann')
    pool.cancel('ann')

    pool.examined(1)

    expect(pool.told).toEqual(['examine 1: probe'])
    expect(pool.stats.idle).toBe(1)
  })

  test('does not count as a rest: the time until the next is counted from it', () => {
    const pool = idle(1, { ...PROBED, probeAfterIdleMs: 500 })
    pool.passes(500)
    pool.acquire('ann')
    pool.cancel('ann')
    pool.examined(1)
    const told = pool.listen()

    pool.passes(400)
    pool.acquire('ben')

    expect(told).toEqual(['grant 1 to ben'])
  })

  test('does not hide the proved connection behind those that are not, in whatever order they are lent', () => {
    const pool = idle(3, { ...PROBED, idleOrder: 'fifo' })
    pool.acquire('ann')
    const told = pool.listen()

    pool.examined(1)

    expect(told).toContain('grant 1 to ann')
  })

  test('is not made where another connection needs none', () => {
    const pool = idle(2, { ...PROBED, probeAfterIdleMs: 100, idleOrder: 'fifo' })
    pool.passes(50)
    pool.acquire('ann')
    pool.release(1)
    pool.machine.pause()
    pool.acquire('ben')
    pool.passes(60)
    const told = pool.listen()

    pool.machine.resume(pool.now)

    expect(told).toEqual(['grant 1 to ben'])
  })

  test('is made where the other connection needs none but is broken', () => {
    const pool = idle(2, { ...PROBED, probeAfterIdleMs: 100, idleOrder: 'fifo' }, 'streams')
    pool.passes(50)
    pool.acquire('ann')
    pool.release(1)
    pool.passes(60)
    pool.breaks(1)
    const told = pool.listen()

    pool.acquire('ben')

    expect(told[0]).toBe('examine 2: probe')
  })

  test('of a connection that is lost meanwhile ends with it', () => {
    const pool = idle(1, PROBED)
    pool.acquire('ann')
    const told = pool.listen()

    pool.lost(1, 'peer-closed')

    expect(told).toEqual(['close 1: peer-closed'])
    expect(pool.stats).toMatchObject({ probing: 0, closing: 1 })
  })

  test('a caller who only tries does not wait for it', () => {
    const pool = idle(1, PROBED)

    pool.tryAcquire('ann')

    expect(pool.told).toEqual(['nothing for ann'])
  })
})

describe('a probe in the background', () => {
  const BACKGROUND = { hasProbe: true, probeAfterIdleMs: Infinity, probeIntervalMs: 1_000, idleTimeoutMs: Infinity }

  test('is made of a connection that has rested for probeIntervalMs', () => {
    const pool = idle(1, BACKGROUND)

    pool.passes(999)
    const early = [...pool.told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(pool.told).toEqual(['examine 1: background'])
  })

  test('is made of one at a time in a small pool', () => {
    const pool = idle(5, BACKGROUND)

    pool.passes(1_000)

    expect(pool.told).toHaveLength(1)
  })

  test('takes at most a tenth of a large pool out of service', () => {
    const pool = idle(40, BACKGROUND)

    pool.passes(1_000)

    expect(pool.told).toHaveLength(4)
  })

  test('is followed by the next one that is due', () => {
    const pool = idle(2, BACKGROUND)
    pool.passes(1_000)

    pool.examined(2)
    pool.passes(0)

    expect(pool.told).toEqual(['examine 2: background', 'examine 1: background'])
  })

  test('is followed by the next one, too, if its connection is lost meanwhile', () => {
    const pool = idle(2, BACKGROUND)
    pool.passes(1_000)
    const told = pool.listen()

    pool.lost(2)
    pool.closed(2)
    pool.dialed(3)
    pool.passes(1)

    expect(told).toContain('examine 1: background')
  })

  test('that was overtaken by a clear counts once', () => {
    const pool = idle(2, { ...BACKGROUND, closeTimeoutMs: 10_000, probeTimeoutMs: 10_000 })
    pool.passes(1_000)
    pool.machine.clear(pool.now)
    pool.examined(2)
    pool.closed(1, 2)
    pool.dialed(3)
    pool.dialed(4)
    const told = pool.listen()

    pool.passes(1_000)

    expect(told).toHaveLength(1)
  })

  test('that fails closes the connection, which is replaced', () => {
    const pool = idle(1, BACKGROUND)
    pool.passes(1_000)
    const told = pool.listen()

    pool.examined(1, 'unsound')
    pool.closed(1)

    expect(told).toEqual(['close 1: probe-failed', 'dial 2'])
  })

  test('serves a caller who has come meanwhile', () => {
    const pool = idle(1, BACKGROUND)
    pool.passes(1_000)
    pool.acquire('ann')
    const told = pool.listen()

    pool.examined(1)

    expect(told).toEqual(['grant 1 to ann'])
  })

  test('is not made during a pause, and is made after it', () => {
    const pool = idle(1, BACKGROUND)
    pool.machine.pause()

    pool.passes(1_500)
    const during = [...pool.told]
    pool.machine.resume(pool.now)
    pool.passes(1)

    expect(during).toEqual([])
    expect(pool.told).toEqual(['examine 1: background'])
  })

  test('does not keep a connection from its idle timeout', () => {
    const pool = new RecordingPool({ ...BACKGROUND, idleTimeoutMs: 2_500 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.passes(1_000)
    pool.examined(1)
    pool.passes(1_000)
    pool.examined(1)
    pool.passes(500)

    expect(told).toEqual(['examine 1: background', 'examine 1: background', 'close 1: idle-timeout'])
  })
})

describe('a stream that has idled for a second', () => {
  test('is checked by one turn of the loop before it is lent', () => {
    const pool = idle(1, {}, 'streams')

    pool.passes(1_000)
    pool.acquire('ann')
    pool.examined(1)

    expect(pool.told).toEqual(['examine 1: turn', 'grant 1 to ann'])
    expect(pool.stats.probes).toBe(0)
  })

  test('is lent as it is one millisecond earlier', () => {
    const pool = idle(1, {}, 'streams')

    pool.passes(999)
    pool.acquire('ann')

    expect(pool.told).toEqual(['grant 1 to ann'])
  })

  test('is probed after that, if it must be', () => {
    const pool = idle(1, PROBED, 'streams')

    pool.passes(1_000)
    pool.acquire('ann')
    pool.examined(1)
    pool.examined(1)

    expect(pool.told).toEqual(['examine 1: turn', 'examine 1: probe', 'grant 1 to ann'])
  })

  test('is not probed if its caller has left during the turn', () => {
    const pool = idle(1, PROBED, 'streams')
    pool.passes(1_000)
    pool.acquire('ann')
    pool.cancel('ann')

    pool.examined(1)

    expect(pool.told).toEqual(['examine 1: turn'])
    expect(pool.stats.idle).toBe(1)
  })

  test('need not be checked again for a second', () => {
    const pool = idle(1, {}, 'streams')
    pool.passes(1_000)
    pool.acquire('ann')
    pool.cancel('ann')
    pool.examined(1)
    const told = pool.listen()

    pool.passes(999)
    pool.acquire('ben')

    expect(told).toEqual(['grant 1 to ben'])
  })

  test('is lent without the check to somebody who only tries', () => {
    const pool = idle(1, {}, 'streams')

    pool.passes(1_000)
    pool.tryAcquire('ann')

    expect(pool.told).toEqual(['grant 1 to ann'])
  })

  test('is not lent to somebody who only tries while others wait for their check', () => {
    const pool = idle(2, {}, 'streams')
    pool.passes(1_000)
    pool.acquire('ann')

    pool.tryAcquire('ben')

    expect(pool.told).toEqual(['examine 2: turn', 'nothing for ben'])
  })

  test('is not lent without its probe to somebody who only tries', () => {
    const pool = idle(1, PROBED, 'streams')

    pool.passes(1_000)
    pool.tryAcquire('ann')

    expect(pool.told).toEqual(['nothing for ann'])
  })

  test('an object that is no stream needs no such check', () => {
    const pool = idle(1, {})

    pool.passes(100_000)
    pool.acquire('ann')

    expect(pool.told).toEqual(['grant 1 to ann'])
  })
})

describe('a stream whose wire has broken without a word', () => {
  test('is closed when somebody asks, and another one lent', () => {
    const pool = idle(2, {}, 'streams')
    pool.breaks(2)

    pool.acquire('ann')

    expect(pool.told).toEqual(['close 2: peer-closed', 'grant 1 to ann'])
  })

  test('is closed when somebody tries, and replaced', () => {
    const pool = idle(1, {}, 'streams')
    pool.breaks(1)

    pool.tryAcquire('ann')
    pool.closed(1)

    expect(pool.told).toEqual(['close 1: peer-closed', 'nothing for ann', 'dial 2'])
  })
})

describe('a reset', () => {
  test('is run after a release, before the connection is lent again', () => {
    const pool = new RecordingPool({ maxSize: 1, hasReset: true })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    const told = pool.listen()

    pool.release(1)
    pool.examined(1)

    expect(told).toEqual(['examine 1: reset', 'grant 1 to ben'])
    expect(pool.stats.probes).toBe(0)
  })

  test('that fails closes the connection', () => {
    const pool = new RecordingPool({ maxSize: 1, hasReset: true })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.examined(1, 'unsound')

    expect(told).toEqual(['close 1: reset-failed'])
    expect(pool.stats.probeFailures).toBe(0)
  })

  test('that outlasts resetTimeoutMs has failed', () => {
    const pool = new RecordingPool({ maxSize: 1, hasReset: true, resetTimeoutMs: 70, probeTimeoutMs: 10 })
    pool.acquire('ann')
    pool.dialed(1)
    pool.release(1)
    const told = pool.listen()

    pool.passes(69)
    const early = [...told]
    pool.passes(1)

    expect(early).toEqual([])
    expect(told).toEqual(['close 1: reset-failed'])
  })

  test('is not run on what is discarded', () => {
    const pool = new RecordingPool({ maxSize: 1, hasReset: true })
    pool.acquire('ann')
    pool.dialed(1)
    const told = pool.listen()

    pool.release(1, 'discarded')

    expect(told).toEqual(['close 1: discarded'])
  })

  test('does not stand in for a probe', () => {
    const pool = new RecordingPool({ ...PROBED, maxSize: 1, hasReset: true })
    pool.acquire('ann')
    pool.dialed(1)
    pool.acquire('ben')
    pool.release(1)
    const told = pool.listen()

    pool.examined(1)

    expect(told).toEqual(['examine 1: probe'])
  })
})
