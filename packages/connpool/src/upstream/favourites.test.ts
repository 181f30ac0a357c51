import { expect, test } from 'vitest'

import type { Entry } from '../pool/entry.ts'
import { Favourites } from './favourites.ts'

/** What a connection is does not matter here, but which. */
const entry = {} as Entry<unknown>
const other = {} as Entry<unknown>
const MOST = 1_024

function givenKeys(count: number) {
  const favourites = new Favourites<unknown>()
  for (let index = 0; index < count; index++) favourites.set(`key ${index}`, entry)
  const known = (): number =>
    Array.from({ length: count }, (_, index) => favourites.get(`key ${index}`)).filter((found) => found !== undefined)
      .length
  return { favourites, known }
}

test('the connection that a key last had is remembered', () => {
  const { favourites } = givenKeys(2)

  favourites.set('key 1', other)

  expect(favourites.get('key 0')).toBe(entry)
  expect(favourites.get('key 1')).toBe(other)
  expect(favourites.get('nobody')).toBeUndefined()
})

test('so many keys are remembered, and no more, however many there are', () => {
  expect(givenKeys(MOST).known()).toBe(MOST)
  expect(givenKeys(MOST + 1).known()).toBe(MOST)
  expect(givenKeys(5 * MOST).known()).toBe(MOST)
})

test('the key that was served longest ago is forgotten first', () => {
  const { favourites } = givenKeys(MOST)
  favourites.set('key 0', other)

  favourites.set('one more', entry)

  expect(favourites.get('key 0')).toBe(other)
  expect(favourites.get('key 1')).toBeUndefined()
  expect(favourites.get('key 2')).toBe(entry)
})
