/**
 * Every life of a few events of a queue with one or two slots and room for two, next to a list that is kept by hand.
 * `QUEUE_DEPTH=9` goes deeper.
 */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'

import { howMany } from '../../../connpool/test/how-many.ts'
import { FakeRequest } from '../../test/dispatch/fake-request.ts'
import { RequestQueueMachine } from './request-queue-machine.ts'

const DEPTH = Number(process.env['QUEUE_DEPTH'] ?? howMany({ quick: 5, full: 6 }))
const RULES = { limit: 2, maxPaused: 3, targetMs: 5, intervalMs: 100 }
const EVENTS = [
  'offer',
  'finish the oldest',
  'finish the newest',
  'the oldest leaves',
  'the newest leaves',
  'pause',
  'resume',
  'no slots',
  'one slot',
  'two slots',
  'a little time',
  'much time',
  'ten times as much',
] as const
type Event = (typeof EVENTS)[number]

/** Asks: could the last of them happen at all? And tells how many were shed. */
function live(events: readonly Event[]): { readonly isPossible: boolean; readonly shed: number } {
  const served: FakeRequest[] = []
  const waiting: FakeRequest[] = []
  const counts = { offered: 0, finished: 0, full: 0, shed: 0, timeout: 0, gone: 0 }
  const queue = new RequestQueueMachine<FakeRequest>(1, RULES, {
    serve: (request, waitedMs) => {
      same(request, wasOverloaded ? waiting.at(-1) : waiting[0], 'served')
      same(waitedMs, now - request.since, 'waited')
      wasOverloaded = queue.isOverloaded
      waiting.splice(waiting.indexOf(request), 1)
      served.push(request)
    },
    shed: (request) => {
      same(queue.isOverloaded, true, 'overloaded when it sheds')
      same(waiting.length > RULES.limit || now - request.since > 1_000, true, 'full, or shed for its age')
      same(request, waiting.shift(), 'shed')
      counts.shed++
    },
  })
  let now = 0
  let wasOverloaded = false
  let most = RULES.limit

  const act = (event: Event): boolean => {
    switch (event) {
      case 'offer': {
        const request = new FakeRequest(counts.offered++, now)
        waiting.push(request)
        const answer = queue.offer(request, now)
        if (answer === 'waiting') return true
        same(waiting.pop(), request, 'refused')
        if (answer === 'served') served.push(request)
        else counts.full++
        return true
      }
      case 'finish the oldest':
      case 'finish the newest': {
        if (served.length < (event === 'finish the oldest' ? 1 : 2)) return false
        const request = event === 'finish the oldest' ? served.shift() : served.pop()
        if (request === undefined) return false
        counts.finished++
        queue.finished(request, now)
        return true
      }
      case 'the oldest leaves':
      case 'the newest leaves': {
        if (waiting.length < (event === 'the oldest leaves' ? 1 : 2)) return false
        const why = event === 'the oldest leaves' ? 'timeout' : 'gone'
        const request = why === 'timeout' ? waiting.shift() : waiting.pop()
        if (request === undefined) return false
        counts[why]++
        same(queue.leave(request, why), true, 'leaves')
        same(queue.leave(request, why), false, 'leaves again')
        return true
      }
      case 'pause':
        if (queue.isPaused) return false
        queue.pause(now)
        most = Math.max(RULES.maxPaused, waiting.length)
        return true
      case 'resume':
        if (!queue.isPaused) return false
        most = waiting.length + RULES.limit
        queue.resume(now)
        return true
      case 'no slots':
      case 'one slot':
      case 'two slots': {
        const capacity = ['no slots', 'one slot', 'two slots'].indexOf(event)
        if (queue.capacity === capacity) return false
        queue.setCapacity(capacity, now)
        return true
      }
      case 'a little time':
        now += 6
        return true
      case 'much time':
        now += 101
        return true
      case 'ten times as much':
        now += 1_010
        return true
    }
  }

  for (const event of events) {
    wasOverloaded = queue.isOverloaded
    if (!act(event)) return { isPossible: false, shed: counts.shed }
    check()
  }
  return { isPossible: true, shed: counts.shed }

  function check(): void {
    same(queue.length, waiting.length, 'length')
    same(queue.serving, served.length, 'serving')
    same(waiting.length <= most, true, 'within the limit')
    same(queue.isPaused || waiting.length === 0 || served.length >= queue.capacity, true, 'no slot is free in vain')
    const { dropped, waitTime } = queue.stats()
    for (const why of ['full', 'shed', 'timeout', 'gone'] as const) same(dropped[why], counts[why], why)
    const gone = counts.finished + dropped.full + dropped.shed + dropped.timeout + dropped.gone
    same(gone + served.length + waiting.length, counts.offered, 'all of them')
    same(waitTime.count, counts.finished + served.length, 'wait times')
  }
}

/** As `expect`, but a hundred times faster. */
function same(is: unknown, mustBe: unknown, what: string): void {
  if (is !== mustBe) throw new Error(`${what}: is ${inspect(is)}, must be ${inspect(mustBe)}`)
}

test(`every life of ${DEPTH} events keeps its promises`, { timeout: 300_000 }, () => {
  const lives = explore(DEPTH, [])

  expect(lives).toBeGreaterThan(3 ** DEPTH)
})

test('so does every life that goes on under overload', { timeout: 300_000 }, () => {
  const before = overload()

  const { isPossible, shed } = live(before)
  const lives = explore(DEPTH - 2, before)

  expect(isPossible).toBe(true)
  expect(lives).toBeGreaterThan(3 ** (DEPTH - 2))
  expect(live([...before, 'offer']).shed).toBe(shed + 1)
  expect(live([...before, 'much time', 'finish the oldest']).shed).toBe(shed)
  expect(live([...before, 'ten times as much', 'finish the oldest']).shed).toBe(shed + 1)
})

/** Two ask for each that is served, for three intervals: a service after much time counts as half of one. */
function overload(): Event[] {
  const service: Event[] = ['much time', 'finish the oldest', 'offer', 'offer']
  return ['offer', 'offer', 'offer', ...Array.from({ length: 6 }, () => service).flat()]
}

/** Breadth first, so that the story of a mistake is as short as it can be. */
function explore(depth: number, before: readonly Event[]): number {
  let lives: (readonly Event[])[] = [before]
  let count = 0
  for (let length = 1; length <= depth; length++) {
    lives = lives.flatMap((life) => EVENTS.map((event) => [...life, event])).filter((life) => told(life))
    count += lives.length
  }
  return count
}

function told(life: readonly Event[]): boolean {
  try {
    return live(life).isPossible
  } catch (error) {
    throw new Error(life.join(', '), { cause: error })
  }
}
