import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'

import { LazyAbort } from './lazy-abort.ts'

const reason = new Error('nobody wants it any more')

describe('the signal', () => {
  test.each([
    ['before it is read', (abort: LazyAbort) => [abort.abort(reason), abort.signal].at(1)],
    ['after it was read', (abort: LazyAbort) => [abort.signal, abort.abort(reason)].at(0)],
  ])('is aborted with the reason, if that comes %s', (_, read) => {
    expect(read(new LazyAbort())).toMatchObject({ aborted: true, reason })
  })

  test('is the same whenever it is read', () => {
    const abort = new LazyAbort()
    const { signal } = abort

    abort.abort(reason)

    expect(abort.signal).toBe(signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('keeps the first reason', () => {
    const abort = new LazyAbort()

    abort.abort(reason)
    abort.abort(new Error('another'))

    expect(abort.signal.reason).toBe(reason)
    expect(() => abort.throwIfAborted()).toThrow(reason)
  })

  test('is not aborted by being read', () => {
    const abort = new LazyAbort()

    expect(abort.signal.aborted).toBe(false)
    expect(() => abort.throwIfAborted()).not.toThrow()
  })
})

test('who hears it is told once, with the reason', () => {
  const heard: unknown[] = []
  const abort = new LazyAbort()
  abort.onAbort((why) => heard.push(why))

  abort.abort(reason)
  abort.abort(new Error('another'))

  expect(heard).toEqual([reason])
})

test('who comes to hear it when it was aborted is told at once', () => {
  const heard: unknown[] = []
  const abort = new LazyAbort()
  abort.abort(reason)

  abort.onAbort((why) => heard.push(why))

  expect(heard).toEqual([reason])
})

test('only the last who came to hear it is told', () => {
  const heard: string[] = []
  const abort = new LazyAbort()
  abort.onAbort(() => heard.push('first'))
  abort.onAbort(() => heard.push('second'))

  abort.abort(reason)

  expect(heard).toEqual(['second'])
})
