import { setImmediate } from 'node:timers/promises'

import { PoolError } from 'connpool'
import { describe, expect, test } from 'vitest'

import { FakeLending } from '../../test/fixtures/fake-lending.ts'
import type { RefusalReason } from '../refusal.ts'
import { Turn, type TurnTaker } from './turn.ts'

/** A turn that has begun, and what it has told its taker. */
function begun(lending: FakeLending<string>): { readonly turn: Turn<string>; readonly told: string[] } {
  const told: string[] = []
  const taker: TurnTaker<string> = {
    granted: (grant) => void told.push(`granted ${grant}`),
    refused: (reason) => void told.push(`refused ${reason}`),
  }
  const turn = new Turn(lending, taker)
  turn.begin()
  return { turn, told }
}

/** Asks: is the slot free again? */
function isSlotFree(lending: FakeLending<string>): boolean {
  lending.ready.push('next')
  return begun(lending).told[0] === 'granted next'
}

describe('a turn', () => {
  test('is granted at once what is there, and gives it back once', () => {
    const lending = new FakeLending<string>()
    lending.ready.push('a')
    const { turn, told } = begun(lending)
    expect([turn.phase, told]).toEqual(['granted', ['granted a']])

    turn.end('clean')
    turn.end('broken')

    expect(turn.phase).toBe('over')
    expect(lending.returned).toEqual([['a', 'clean']])
    expect(isSlotFree(lending)).toBe(true)
  })

  test('waits for a slot, and then for what is lent', async () => {
    const lending = new FakeLending<string>()
    lending.ready.push('a')
    const { turn: first } = begun(lending)
    const { turn: second, told } = begun(lending)
    expect(second.phase).toBe('queued')

    first.end('clean')
    expect(second.phase).toBe('connecting')
    lending.waiting[0]?.lent('b')
    await setImmediate()

    expect([second.phase, told]).toEqual(['granted', ['granted b']])
  })

  test('is refused by a queue that is full', () => {
    const lending = new FakeLending<string>({ slots: 0 })
    begun(lending)

    expect(begun(lending).told).toEqual(['refused queue-full'])
  })

  test('that leaves the queue is told nothing, and keeps no place', () => {
    const lending = new FakeLending<string>({ slots: 0 })
    const { turn, told } = begun(lending)

    turn.leave('gone')
    lending.queue.setCapacity(1)

    expect([turn.phase, told, lending.queue.length]).toEqual(['over', [], 0])
    expect(lending.queue.stats().dropped).toMatchObject({ gone: 1 })
  })
})

describe('a turn that leaves while it connects', () => {
  test('takes nothing that comes later, and its slot is free then', async () => {
    const lending = new FakeLending<string>()
    const { turn, told } = begun(lending)
    const [waiting] = lending.waiting

    turn.leave('timeout')
    waiting?.lent('late')
    await setImmediate()

    expect([waiting?.signal.aborted, turn.phase, told]).toEqual([true, 'over', []])
    expect(lending.returned).toEqual([['late', 'clean']])
    expect(isSlotFree(lending)).toBe(true)
  })

  test('is not refused when there is nothing, and its slot is free then', async () => {
    const lending = new FakeLending<string>()
    const { turn, told } = begun(lending)

    turn.leave('gone')
    lending.waiting[0]?.failed(new PoolError('DIAL_FAILED', 'refused'))
    await setImmediate()

    expect([turn.phase, told]).toEqual(['over', []])
    expect(isSlotFree(lending)).toBe(true)
  })
})

describe('a turn for which there is nothing', () => {
  const reasons: readonly [error: Error, reason: RefusalReason][] = [
    [new PoolError('ACQUIRE_TIMEOUT', 'late'), 'timeout'],
    [new PoolError('QUEUE_FULL', 'full'), 'queue-full'],
    [new PoolError('POOL_CLOSED', 'closed'), 'draining'],
    [new PoolError('CIRCUIT_OPEN', 'open'), 'unavailable'],
    [new TypeError('no pool'), 'unavailable'],
  ]

  test.each(reasons)(
    'because of %s is refused as %s, at once or later, and its slot is free',
    async (error, reason) => {
      const lending = new FakeLending<string>()
      lending.ready.push(error)
      expect(begun(lending).told).toEqual([`refused ${reason}`])

      const { turn, told } = begun(lending)
      lending.waiting[0]?.failed(error)
      await setImmediate()

      expect([turn.phase, told]).toEqual(['over', [`refused ${reason}`]])
      expect(isSlotFree(lending)).toBe(true)
    },
  )
})
