import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'

import { watchEmitter } from './emitter-watch.ts'

function watched(): { emitter: EventEmitter; told: string[]; unwatch: (() => void) | undefined } {
  const emitter = new EventEmitter()
  const told: string[] = []
  const unwatch = watchEmitter(emitter, (why, error) => told.push(`${why} ${error?.message ?? ''}`.trim()))
  return { emitter, told, unwatch }
}

test('an error of a pooled emitter is a loss, not the end of the process', () => {
  const { emitter, told } = watched()

  emitter.emit('error', new Error('boom'))

  expect(told).toEqual(['socket-error boom'])
})

test.each(['close', 'end'])('"%s" of a pooled emitter is a loss', (event) => {
  const { emitter, told } = watched()

  emitter.emit(event)

  expect(told).toEqual(['peer-closed'])
})

test('a watch that has ended leaves no listener', () => {
  const { emitter, unwatch } = watched()

  unwatch?.()

  expect(emitter.eventNames()).toEqual([])
})

test('what emits nothing is not watched', () => {
  expect(watchEmitter({}, () => undefined)).toBeUndefined()
})
