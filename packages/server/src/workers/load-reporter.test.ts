import { setImmediate } from 'node:timers/promises'

import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { LoadReporter } from './load-reporter.ts'
import type { TurnReport } from './messages.ts'

class Given {
  readonly clock = new FakeClock()
  readonly sent: Omit<TurnReport, 'type'>[] = []
  waiting = 0
  sessions = 0
  demand = 0
  addresses: Record<string, Record<string, number>> = {}
  readonly reporter: LoadReporter

  constructor() {
    this.reporter = new LoadReporter({
      clock: this.clock,
      source: {
        loads: () => ({ main: { waiting: this.waiting, limit: 8, sessions: this.sessions, maxSessions: 100 } }),
        demand: () => ({ redis: this.demand }),
        takeAddresses: () => {
          const taken = this.addresses
          this.addresses = {}
          return taken
        },
      },
      send: ({ type: _, ...report }) => this.sent.push(report),
    })
    this.reporter.report()
    this.sent.length = 0
  }

  /** What is sent in the turn in which so many wait. */
  async sentWith(waiting: number): Promise<number> {
    this.waiting = waiting
    this.reporter.changed()
    await setImmediate()
    return this.sent.splice(0).length
  }
}

describe('a worker', () => {
  test('acknowledges all clients of a turn in one message, which counts them', async () => {
    const given = new Given()

    given.sessions = 2
    given.reporter.acknowledge(7)
    given.reporter.acknowledge(8)
    await setImmediate()

    const main = { waiting: 0, limit: 8, sessions: 2, maxSessions: 100 }
    expect(given.sent).toEqual([{ acknowledged: [7, 8], loads: { main } }])
  })

  test('acknowledges and gives back each client once', async () => {
    const given = new Given()
    given.reporter.acknowledge(7)
    given.reporter.giveBack(8)
    await setImmediate()
    given.sent.length = 0

    given.reporter.acknowledge(9)
    given.reporter.giveBack(10)
    await setImmediate()

    expect(given.sent).toMatchObject([{ acknowledged: [9], returned: [10] }])
  })

  test('gives back a client whom it does not want', async () => {
    const given = new Given()

    given.reporter.giveBack(7)
    await setImmediate()

    expect(given.sent).toEqual([{ returned: [7] }])
  })

  test('says how many wait when the first does, and at a quarter, half and all of its queue', async () => {
    const given = new Given()
    const sent: number[] = []

    for (const waiting of [1, 2, 3, 4, 5, 7, 8, 7, 3, 1, 0]) sent.push(await given.sentWith(waiting))

    expect(sent).toEqual([1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1])
  })

  test('says where the number of clients of an address has changed, and nothing of it twice', async () => {
    const given = new Given()
    const main = { waiting: 0, limit: 8, sessions: 0, maxSessions: 100 }

    given.addresses = { main: { '10.0.0.1': 2 } }
    given.reporter.changed()
    await setImmediate()
    given.reporter.acknowledge(7)
    await setImmediate()

    expect(given.sent).toEqual([
      { loads: { main: { ...main, changedAddresses: { '10.0.0.1': 2 } } } },
      { acknowledged: [7], loads: { main } },
    ])
  })

  test('says nothing when nothing has changed', async () => {
    const given = new Given()

    expect(await given.sentWith(0)).toBe(0)
  })

  test('says within 50 ms how many connections it could use', async () => {
    const given = new Given()
    given.demand = 3

    await given.clock.advance(50)
    await given.clock.advance(500)

    expect(given.sent).toEqual([{ demand: { redis: 3 } }])
  })

  test('that is closed looks no more', () => {
    const { reporter, clock } = new Given()

    reporter.close()

    expect(clock.pendingCount).toBe(0)
  })
})
