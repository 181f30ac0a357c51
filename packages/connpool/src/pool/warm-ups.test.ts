import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'

import { WarmUps } from './warm-ups.ts'

const ignore = (): void => undefined

describe('those who wait for connections to be opened', () => {
  test('ask for as many as the most demanding of them', () => {
    const warmUps = new WarmUps(ignore)

    void warmUps.wait(3, undefined)
    void warmUps.wait(5, undefined)

    expect([warmUps.target, warmUps.length]).toEqual([5, 2])
  })

  test('ask for none when there are none', () => {
    expect(new WarmUps(ignore).target).toBe(0)
  })

  test('are told as soon as so many are open, each by itself', async () => {
    const warmUps = new WarmUps(ignore)
    const few = warmUps.wait(1, undefined)
    void warmUps.wait(2, undefined)

    warmUps.opened(1)

    await expect(few).resolves.toBeUndefined()
    expect([warmUps.target, warmUps.length]).toEqual([2, 1])
  })

  test('are all told when a dial fails', async () => {
    const warmUps = new WarmUps(ignore)
    const all = [1, 2].map((count) => warmUps.wait(count, undefined))
    const reason = new Error('refused')

    warmUps.failed(reason)

    for (const each of all) await expect(each).rejects.toBe(reason)
    expect(warmUps.length).toBe(0)
  })

  test('may leave by their signal, with its reason', async () => {
    const warmUps = new WarmUps(ignore)
    const abort = new AbortController()
    const waiting = warmUps.wait(1, abort.signal)

    abort.abort('enough')

    await expect(waiting).rejects.toBe('enough')
    expect(warmUps.target).toBe(0)
  })

  test('leave no listener on it', () => {
    const warmUps = new WarmUps(ignore)
    const aborts = [new AbortController(), new AbortController()] as const
    void warmUps.wait(1, aborts[0].signal)
    warmUps.wait(2, aborts[1].signal).catch(ignore)

    warmUps.opened(1)
    warmUps.failed(new Error('refused'))

    expect(aborts.map(({ signal }) => getEventListeners(signal, 'abort').length)).toEqual([0, 0])
  })

  test('say that they have come and gone, each time after the fact', () => {
    const targets: number[] = []
    const warmUps = new WarmUps(() => targets.push(warmUps.target))

    void warmUps.wait(4, undefined)
    warmUps.opened(4)

    expect(targets).toEqual([4, 0])
  })
})
