import { expect, test } from 'vitest'

import { type Flushable, flushList } from './flush-list.ts'

/** Counts how often it is flushed, and may do something then. */
class Counted implements Flushable {
  flushes = 0
  flushed: () => void = () => undefined

  flush(): void {
    this.flushes++
    this.flushed()
  }
}

async function endOfTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('who is added is flushed at the end of the turn, once, and not before', async () => {
  const some = [new Counted(), new Counted()]

  for (const one of some) flushList.add(one)

  await Promise.resolve()
  expect(some.map(({ flushes }) => flushes)).toEqual([0, 0])
  await endOfTurn()
  expect(some.map(({ flushes }) => flushes)).toEqual([1, 1])
  await endOfTurn()
  expect(some.map(({ flushes }) => flushes)).toEqual([1, 1])
})

test('the sixty-fourth makes all go at once, and those after it wait for the end again', async () => {
  const many = Array.from({ length: 64 }, () => new Counted())
  const later = new Counted()

  for (const one of many) flushList.add(one)
  flushList.add(later)

  expect(many.every(({ flushes }) => flushes === 1)).toBe(true)
  expect(later.flushes).toBe(0)
  await endOfTurn()
  expect(later.flushes).toBe(1)
  expect(many.every(({ flushes }) => flushes === 1)).toBe(true)
})

test('who is added while others are flushed has its turn too', async () => {
  const first = new Counted()
  const second = new Counted()
  first.flushed = () => flushList.add(second)

  flushList.add(first)

  await endOfTurn()
  expect([first.flushes, second.flushes]).toEqual([1, 0])
  await endOfTurn()
  expect([first.flushes, second.flushes]).toEqual([1, 1])
})
