import { describe, expect, test } from 'vitest'

import { FakeRequest } from '../../test/dispatch/fake-request.ts'
import { RequestQueueMachine } from './request-queue-machine.ts'

const RULES = { limit: 3, maxPaused: 2, targetMs: 5, intervalMs: 100 }

class Given {
  readonly story: string[] = []
  readonly queue: RequestQueueMachine<FakeRequest>
  #next = 0

  constructor(capacity: number, rules: Partial<typeof RULES> = {}) {
    this.queue = new RequestQueueMachine<FakeRequest>(
      capacity,
      { ...RULES, ...rules },
      {
        serve: ({ id }, waitedMs) => this.story.push(`serve ${id} after ${waitedMs}`),
        shed: ({ id }) => this.story.push(`shed ${id}`),
      },
    )
  }

  request(): FakeRequest {
    return new FakeRequest(this.#next++, 0)
  }

  /** Offers so many; answers them, and tells what they were answered. */
  readonly offer = (count: number, now: number): FakeRequest[] => {
    const requests = Array.from({ length: count }, () => this.request())
    for (const request of requests) this.story.push(`${request.id} is ${this.queue.offer(request, now)}`)
    return requests
  }
}

/** One slot, which request 6 has since 310. More came than were served: 7 to 13 at 60, and 14 and 15 at 308. */
function overloaded(): Given & { readonly sixth: FakeRequest; readonly waiting: readonly FakeRequest[] } {
  const given = new Given(1, { limit: 20 })
  const requests = given.offer(7, 0)
  const finishNext = (now: number): void => given.queue.finished(requests.shift() ?? given.request(), now)
  finishNext(60)
  const waiting = given.offer(7, 60)
  for (const now of [110, 160, 210, 260]) finishNext(now)
  waiting.push(...given.offer(2, 308))
  given.story.length = 0
  finishNext(310)
  return Object.assign(given, { sixth: requests[0] ?? given.request(), waiting })
}

describe('when slots are free', () => {
  test('a request is served at once, with no call of serve', () => {
    const { queue, story, offer } = new Given(2)

    offer(2, 0)

    expect(story).toEqual(['0 is served', '1 is served'])
    expect(queue.serving).toBe(2)
  })

  test('its wait is none', () => {
    const { queue, offer } = new Given(2)

    offer(1, 70)

    expect(queue.stats().waitTime).toMatchObject({ count: 1, sumMs: 0 })
  })
})

describe('when no slot is free', () => {
  test('whoever has waited longest is served next', () => {
    const { queue, story, offer } = new Given(1)
    const [first = new FakeRequest(0, 0)] = offer(3, 0)
    story.length = 0

    queue.finished(first, 4)

    expect(story).toEqual(['serve 1 after 4'])
  })

  test('the newest is refused beyond the limit', () => {
    const { queue, story, offer } = new Given(1, { limit: 1 })

    offer(3, 0)

    expect(story).toEqual(['0 is served', '1 is waiting', '2 is refused'])
    expect(queue.stats()).toMatchObject({ length: 1, limit: 1, dropped: { full: 1 } })
  })

  test('one that leaves makes its place free at once', () => {
    const { queue, story, offer } = new Given(1, { limit: 1 })
    const [, second = new FakeRequest(0, 0)] = offer(2, 0)

    const hasLeft = queue.leave(second, 'gone')
    offer(1, 1)

    expect(hasLeft).toBe(true)
    expect(story.at(-1)).toBe('2 is waiting')
    expect(queue.stats().dropped).toEqual({ full: 0, shed: 0, timeout: 0, gone: 1 })
  })

  test('one that is being served cannot leave', () => {
    const { queue, offer } = new Given(1)
    const [first = new FakeRequest(0, 0)] = offer(1, 0)

    expect(queue.leave(first, 'timeout')).toBe(false)
    expect(queue.serving).toBe(1)
  })

  test('more slots serve those who wait, fewer take nothing away', () => {
    const { queue, story, offer } = new Given(1)
    offer(3, 0)
    story.length = 0

    queue.setCapacity(2, 7)
    queue.setCapacity(0, 8)

    expect(story).toEqual(['serve 1 after 7'])
    expect(queue.serving).toBe(2)
  })

  test('a smaller limit sends nobody away', () => {
    const { queue, story, offer } = new Given(1)
    offer(4, 0)

    queue.setRules({ ...RULES, limit: 1 })
    offer(1, 1)

    expect(queue.length).toBe(3)
    expect(story.at(-1)).toBe('4 is refused')
  })
})

describe('when it is paused', () => {
  test('requests wait though slots are free, up to maxPaused', () => {
    const { queue, story, offer } = new Given(1)

    queue.pause(0)
    offer(3, 0)

    expect(story).toEqual(['0 is waiting', '1 is waiting', '2 is refused'])
  })

  test('they are served in order when it goes on, and do not count against the limit', () => {
    const { queue, story, offer } = new Given(1, { limit: 1 })
    queue.pause(0)
    offer(2, 0)
    story.length = 0

    queue.resume(500)
    offer(2, 501)

    expect(story).toEqual(['serve 0 after 500', '2 is waiting', '3 is refused'])
  })

  test('they are never shed', () => {
    const { queue, offer } = new Given(1, { maxPaused: 50, limit: 50 })
    queue.pause(0)
    const requests = offer(30, 0)

    queue.resume(5_000)
    for (const [index, request] of requests.entries()) {
      queue.finished(request, 5_050 + index * 50)
      offer(1, 5_050 + index * 50)
    }

    expect(queue.stats().dropped.shed).toBe(0)
  })
})

describe('under overload', () => {
  test('who has waited for ten intervals is shed, and nobody sooner', () => {
    const { queue, story, offer, sixth } = overloaded()

    queue.finished(sixth, 1_060)
    offer(1, 1_060)
    offer(1, 1_061)

    const shed = [7, 8, 9, 10, 11, 12, 13].map((id) => `shed ${id}`)
    expect(story).toEqual(['serve 6 after 310', 'serve 15 after 752', '16 is waiting', ...shed, '17 is waiting'])
    expect(queue.stats()).toMatchObject({ length: 3, overloaded: 1, dropped: { shed: 7 } })
  })

  test('it serves the newest first', () => {
    const { queue, story, offer, sixth } = overloaded()
    offer(2, 311)

    queue.finished(sixth, 312)

    expect(story.at(-1)).toBe('serve 17 after 1')
  })

  test('the oldest makes room for the newest', () => {
    const { queue, story, offer } = overloaded()
    queue.setRules({ ...RULES, limit: 2 })

    offer(1, 311)

    expect(story.slice(-2)).toEqual(['shed 14', '16 is waiting'])
    expect(queue.length).toBe(2)
  })

  test('where nobody may wait nobody does', () => {
    const { queue, story, offer } = overloaded()
    queue.setRules({ ...RULES, limit: 0 })

    offer(1, 311)

    expect(story.at(-1)).toBe('16 is refused')
  })

  test('it is over when a slot is free', () => {
    const { queue, offer, sixth, waiting } = overloaded()
    for (const request of waiting) queue.leave(request, 'gone')
    queue.finished(sixth, 312)

    offer(1, 313)

    expect(queue.isOverloaded).toBe(false)
  })

  test('it is over when the queue has grown by no more than there are slots, and who waited is served in order', () => {
    const { queue, story, sixth, waiting } = overloaded()
    const [fourteenth = sixth, fifteenth = sixth] = waiting.slice(-2)

    queue.finished(sixth, 311)
    const before = queue.isOverloaded
    queue.finished(fifteenth, 312)
    const after = queue.isOverloaded
    queue.finished(fourteenth, 2_000)

    expect([before, after]).toEqual([true, false])
    expect(story.slice(1)).toEqual(['serve 15 after 3', 'serve 14 after 4', 'serve 7 after 1940'])
  })

  test('nobody is shed for his age while nobody is served', () => {
    const { queue, offer } = overloaded()

    offer(1, 2_000)

    expect(queue.stats().dropped.shed).toBe(0)
    expect(queue.length).toBe(10)
  })

  test('a pause ends it', () => {
    const { queue } = overloaded()

    queue.pause(311)

    expect(queue.isOverloaded).toBe(false)
  })
})

describe('before an overload', () => {
  /** One slot, in which six are served for 60 ms each, and two may wait; after each so many ask. */
  function crowded(arriving: number): RequestQueueMachine<FakeRequest> {
    const given = new Given(1, { limit: 2 })
    const inside = given.offer(3, 0)
    for (let now = 60; now <= 360; now += 60) {
      given.queue.finished(inside.shift() ?? given.request(), now)
      inside.push(...given.offer(arriving, now).slice(0, 1))
    }
    return given.queue
  }

  test('as many as are served may come', () => {
    expect(crowded(1).stats()).toMatchObject({ overloaded: 0, dropped: { full: 0 } })
  })

  test('those who are refused because the queue is full count as growth', () => {
    expect(crowded(2).stats()).toMatchObject({ overloaded: 1, dropped: { full: 5 } })
  })
})

test('an order may bring about the next event', () => {
  const served: number[] = []
  const queue = new RequestQueueMachine<FakeRequest>(
    1,
    { ...RULES, limit: 10_000 },
    {
      serve: (request) => {
        served.push(request.id)
        queue.finished(request, 1)
      },
      shed: () => undefined,
    },
  )
  const [first, ...others] = Array.from({ length: 10_000 }, (_, id) => new FakeRequest(id, 0))
  if (first === undefined) throw new Error('there is one')
  for (const request of [first, ...others]) queue.offer(request, 0)

  queue.finished(first, 1)

  expect(served).toEqual(others.map(({ id }) => id))
  expect(queue.serving).toBe(0)
})

test.each([
  ['a request is finished that is waiting', 1],
  ['a request is finished that is out', 9],
])('it is a bug when %s', (message, place) => {
  const { queue, offer } = new Given(1)
  const request = [...offer(2, 0)][place] ?? new FakeRequest(9, 0)

  expect(() => queue.finished(request, 1)).toThrow(`bug: ${message}`)
})

test('it is a bug to offer one that waits', () => {
  const { queue, offer } = new Given(1)
  const [, second = new FakeRequest(9, 0)] = offer(2, 0)

  expect(() => queue.offer(second, 1)).toThrow('bug: a request is offered that is waiting')
})
