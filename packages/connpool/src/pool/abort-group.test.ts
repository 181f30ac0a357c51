import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'

import { waiterOf } from '../../test/machine/waiters.ts'
import { AbortGroup, type Canceller } from './abort-group.ts'
import type { Waiter } from './waiter.ts'

/** A pool that only remembers who left it and why. */
class Recorder implements Canceller<Waiter<never>> {
  readonly left: { readonly waiter: unknown; readonly reason: unknown }[] = []

  cancel(waiter: Waiter<never>, reason: unknown): void {
    this.left.push({ waiter, reason })
  }
}

function listeners({ signal }: AbortController): number {
  return getEventListeners(signal, 'abort').length
}

describe('the waiters of one signal', () => {
  test('leave when it is aborted, in the order they came, with its reason', () => {
    const abort = new AbortController()
    const pool = new Recorder()
    const waiters = [waiterOf(), waiterOf()]
    for (const waiter of waiters) AbortGroup.join(abort.signal, waiter, pool)

    abort.abort('enough')

    expect(pool.left).toEqual(waiters.map((waiter) => ({ waiter, reason: 'enough' })))
  })

  test('put one listener on it, however many they are', () => {
    const abort = new AbortController()
    const pool = new Recorder()

    for (let count = 0; count < 100_000; count++) AbortGroup.join(abort.signal, waiterOf(), pool)

    expect(listeners(abort)).toBe(1)
  })

  test('leave none on it when all are settled', () => {
    const abort = new AbortController()
    const waiters = Array.from({ length: 100_000 }, () => waiterOf())
    for (const waiter of waiters) AbortGroup.join(abort.signal, waiter, new Recorder())

    for (const waiter of waiters) waiter.group?.leave(waiter)

    expect(listeners(abort)).toBe(0)
  })

  test('keep it on while one of them waits', () => {
    const abort = new AbortController()
    const [ann, ben] = [waiterOf(), waiterOf()]
    for (const waiter of [ann, ben]) AbortGroup.join(abort.signal, waiter, new Recorder())

    ann.group?.leave(ann)

    expect(listeners(abort)).toBe(1)
  })

  test('leave none on it when it is aborted', () => {
    const abort = new AbortController()
    AbortGroup.join(abort.signal, waiterOf(), new Recorder())

    abort.abort()

    expect(listeners(abort)).toBe(0)
  })

  test('may be of different pools', () => {
    const abort = new AbortController()
    const pools = [new Recorder(), new Recorder()]
    for (const pool of pools) AbortGroup.join(abort.signal, waiterOf(), pool)

    abort.abort()

    expect(pools.map(({ left }) => left.length)).toEqual([1, 1])
    expect(listeners(abort)).toBe(0)
  })

  test('that have left are not told', () => {
    const abort = new AbortController()
    const pool = new Recorder()
    const [ann, ben] = [waiterOf(), waiterOf()]
    for (const waiter of [ann, ben]) AbortGroup.join(abort.signal, waiter, pool)
    ann.group?.leave(ann)

    abort.abort()

    expect(pool.left.map(({ waiter }) => waiter)).toEqual([ben])
  })

  test('may come again after all have left', () => {
    const abort = new AbortController()
    const pool = new Recorder()
    const ann = waiterOf()
    AbortGroup.join(abort.signal, ann, pool)
    ann.group?.leave(ann)

    AbortGroup.join(abort.signal, waiterOf(), pool)
    abort.abort()

    expect(pool.left).toHaveLength(1)
  })

  test('a hundred thousand leave without a search for each', () => {
    const abort = new AbortController()
    const pool = new Recorder()
    for (let count = 0; count < 100_000; count++) AbortGroup.join(abort.signal, waiterOf(), pool)

    abort.abort()

    expect(pool.left).toHaveLength(100_000)
  })
})
