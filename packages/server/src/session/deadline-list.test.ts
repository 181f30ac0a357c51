import { FakeClock } from 'connpool/testing'
import { expect, test } from 'vitest'

import { DeadlineList, type Timed } from './deadline-list.ts'

function timed(name: string, expired: string[]): Timed {
  return { dueAt: 0, deadlines: undefined, earlier: undefined, later: undefined, expire: () => void expired.push(name) }
}

test('who entered first expires first, each at its own time', async () => {
  const clock = new FakeClock()
  const list = new DeadlineList(clock, 100)
  const expired: string[] = []

  list.enter(timed('a', expired))
  await clock.advance(60)
  list.enter(timed('b', expired))
  await clock.advance(39)
  expect(expired).toEqual([])
  await clock.advance(1)
  expect(expired).toEqual(['a'])
  await clock.advance(60)

  expect(expired).toEqual(['a', 'b'])
})

test('who leaves never expires, be it first, last or between', async () => {
  const clock = new FakeClock()
  const list = new DeadlineList(clock, 100)
  const expired: string[] = []
  const all = ['a', 'b', 'c', 'd'].map((name) => timed(name, expired))
  for (const each of all) list.enter(each)

  for (const index of [0, 2, 3]) list.leave(all[index] as Timed)
  await clock.advance(200)

  expect(expired).toEqual(['b'])
})

test('who enters again starts anew, in whatever list', async () => {
  const clock = new FakeClock()
  const short = new DeadlineList(clock, 100)
  const long = new DeadlineList(clock, 300)
  const expired: string[] = []
  const one = timed('one', expired)

  short.enter(one)
  await clock.advance(90)
  short.enter(one)
  await clock.advance(90)
  long.enter(one)
  await clock.advance(299)
  expect(expired).toEqual([])
  await clock.advance(1)

  expect(expired).toEqual(['one'])
})

test('an infinite deadline is none', async () => {
  const clock = new FakeClock()
  const list = new DeadlineList(clock, Infinity)
  const expired: string[] = []

  list.enter(timed('a', expired))
  await clock.advance(2 ** 30)

  expect(expired).toEqual([])
})
