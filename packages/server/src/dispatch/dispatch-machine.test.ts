import { describe, expect, test } from 'vitest'

import { FakePending } from '../../test/dispatch/fake-pending.ts'
import { DispatchMachine, type DispatchRules } from './dispatch-machine.ts'
import type { WorkerLoad } from './worker-load.ts'

const RULES: DispatchRules = {
  maxClients: 1_000,
  maxClientsPerAddress: Infinity,
  overflowLimit: 4,
  acceptTimeoutMs: 5_000,
}
const CALM: WorkerLoad = { waiting: 0, limit: 100, sessions: 0, maxSessions: 1_000 }

class Given {
  readonly story: string[] = []
  readonly machine: DispatchMachine<FakePending>
  #next = 0

  constructor(loads: readonly Partial<WorkerLoad>[], rules: Partial<DispatchRules> = {}) {
    this.machine = new DispatchMachine<FakePending>(
      { ...RULES, ...rules },
      {
        handOver: ({ id }, worker) => this.story.push(`${id} to ${worker}`),
        refuse: ({ id }, reason) => this.story.push(`${id} ${reason}`),
      },
    )
    for (const [worker, load] of loads.entries()) this.machine.joined(worker, { ...CALM, ...load }, 0)
  }

  arrive(count: number, now = 0): FakePending[] {
    const connections = Array.from({ length: count }, () => new FakePending(this.#next++))
    for (const connection of connections) this.machine.arrived(connection, now)
    return connections
  }

  /** One connection arrives. */
  one(now = 0): FakePending {
    return this.arrive(1, now)[0] ?? new FakePending(-1)
  }
}

describe('when workers have head-room', () => {
  test('they get connections in turn', () => {
    const given = new Given([{}, {}, {}])

    given.arrive(5)

    expect(given.story).toEqual(['0 to 0', '1 to 1', '2 to 2', '3 to 0', '4 to 1'])
  })

  test('they get connections in turn, whoever was the first to be ready', () => {
    const given = new Given([])
    for (const worker of [2, 3, 1]) given.machine.joined(worker, CALM, 0)

    given.arrive(6)

    expect(given.story).toEqual(['0 to 1', '1 to 2', '2 to 3', '3 to 1', '4 to 2', '5 to 3'])
  })

  test('they get connections in turn, also when nobody is on the way any more', () => {
    const given = new Given([{}, {}])

    for (let now = 0; now < 4; now++) given.machine.acknowledged(given.one(now), now % 2, now)

    expect(given.story).toEqual(['0 to 0', '1 to 1', '2 to 0', '3 to 1'])
  })

  test('those in which nobody waits come first', () => {
    const given = new Given([{ waiting: 40 }, {}, { waiting: 1 }, {}])

    given.arrive(4)

    expect(given.story).toEqual(['0 to 1', '1 to 3', '2 to 1', '3 to 3'])
  })

  test('one that does not say that it has what it was sent gets none while others do', () => {
    const given = new Given([{}, {}])

    for (let now = 0; now < 4; now++) {
      const each = given.one(now)
      given.machine.acknowledged(each, 1, now)
    }

    expect(given.story).toEqual(['0 to 0', '1 to 1', '2 to 1', '3 to 1'])
  })

  test('one that has used half of its queue gets none', () => {
    const given = new Given([{ waiting: 50 }, { waiting: 49 }])

    given.arrive(1)

    expect(given.story).toEqual(['0 to 1'])
  })

  test('those on the way count as waiting until they are acknowledged', () => {
    const given = new Given([{ limit: 4 }])
    const [first = new FakePending(-1)] = given.arrive(3)

    given.machine.acknowledged(first, 0, 1)

    expect(given.story).toEqual(['0 to 0', '1 to 0'])
    given.machine.reported(0, { ...CALM, limit: 100, sessions: 1 }, 2)
    expect(given.story.at(-1)).toBe('2 to 0')
  })

  test('one that has all the clients it may have gets none', () => {
    const given = new Given([{ sessions: 9, maxSessions: 10 }])

    given.arrive(2)

    expect(given.story).toEqual(['0 to 0'])
  })

  test('one that nobody waits in gets one, however short its queue is', () => {
    const given = new Given([{ limit: 0 }])

    given.arrive(2)

    expect(given.story).toEqual(['0 to 0'])
  })

  test('one that drains gets none', () => {
    const given = new Given([{}, {}])

    given.machine.drainWorker(0)
    given.arrive(2)

    expect(given.story).toEqual(['0 to 1', '1 to 1'])
  })
})

test('while this process is overloaded, who comes is refused and who waits is not', () => {
  const given = new Given([{ waiting: 50 }])
  given.arrive(1)
  given.machine.setOverloaded(true)
  given.arrive(1)

  given.machine.reported(0, CALM, 1)
  given.machine.setOverloaded(false)
  given.arrive(1)

  expect(given.story).toEqual(['1 overloaded', '0 to 0', '2 to 0'])
})

describe('one address', () => {
  const from = (given: Given, ...addresses: string[]): FakePending[] =>
    addresses.map((address, place) => {
      const connection = new FakePending(place, address)
      given.machine.arrived(connection, 0)
      return connection
    })

  test('has no more than its number of clients, wherever they are', () => {
    const given = new Given([{ limit: 0 }, { limit: 0 }], { maxClientsPerAddress: 3 })

    from(given, 'a', 'a', 'a', 'a', 'b')

    expect(given.story).toEqual(['0 to 0', '1 to 1', '3 too-many-from-address'])
    expect([given.machine.clientsFrom('a'), given.machine.clientsFrom('b')]).toEqual([3, 1])
  })

  test('has room again when workers say so, and when one dies', () => {
    const given = new Given([{}, {}], { maxClientsPerAddress: 2 })
    const [one = new FakePending(-1), two = new FakePending(-1)] = from(given, 'a', 'a')
    given.machine.acknowledged(one, 0, 0)
    given.machine.acknowledged(two, 1, 0)
    given.machine.reported(0, { ...CALM, sessions: 1, changedAddresses: { a: 1 } }, 0)
    given.machine.reported(1, { ...CALM, sessions: 1, changedAddresses: { a: 1 } }, 0)
    from(given, 'a')
    const whileBothAreIn = given.story.splice(0).at(-1)

    given.machine.reported(0, { ...CALM, changedAddresses: { a: 0 } }, 0)
    given.machine.died(1, 0)
    from(given, 'a', 'a', 'a')

    expect(whileBothAreIn).toBe('0 too-many-from-address')
    expect(given.story).toEqual(['0 to 0', '1 to 0', '2 too-many-from-address'])
  })

  test('counts neither who was refused nor who waited in vain', () => {
    const given = new Given([], { maxClientsPerAddress: 5, maxClients: 3 })
    const [first = new FakePending(-1)] = from(given, 'a', 'a', 'a', 'a')
    const whileTheyWait = given.machine.clientsFrom('a')

    given.machine.left(first)
    given.machine.passTime(5_000)

    expect([whileTheyWait, given.machine.clientsFrom('a')]).toEqual([3, 0])
  })

  test('is counted anew where it is limited again', () => {
    const given = new Given([{}], { maxClientsPerAddress: 2 })
    given.machine.reported(0, { ...CALM, changedAddresses: { a: 2 } }, 0)

    given.machine.setRules({ ...RULES, maxClientsPerAddress: Infinity })
    given.machine.setRules({ ...RULES, maxClientsPerAddress: 2 })

    expect(given.machine.clientsFrom('a')).toBe(0)
  })
})

describe('when no worker has head-room', () => {
  const BUSY = { waiting: 50 }

  test('connections wait up to the limit', () => {
    const given = new Given([BUSY])

    given.arrive(5)

    expect(given.story).toEqual(['4 queue-full'])
    expect(given.machine.stats()).toMatchObject({ overflowLength: 4, overflowLimit: 4, refused: 1 })
  })

  test('who is refused for another reason does not count as one that no worker could take', () => {
    const given = new Given([BUSY])
    given.arrive(1)

    given.machine.passTime(5_000)
    given.machine.setOverloaded(true)
    given.arrive(1, 5_000)
    given.machine.drain()
    given.arrive(1, 5_000)

    expect(given.story).toEqual(['0 timeout', '1 overloaded', '2 draining'])
    expect(given.machine.stats().refused).toBe(1)
  })

  test('workers under a quarter take the oldest, the emptiest first', () => {
    const given = new Given([BUSY, BUSY, BUSY])
    given.arrive(3)

    given.machine.reported(0, { ...CALM, waiting: 25 }, 1)
    given.machine.reported(1, { ...CALM, waiting: 23 }, 2)

    expect(given.story).toEqual(['0 to 1', '1 to 1'])
    given.machine.reported(2, { ...CALM, waiting: 3 }, 3)
    expect(given.story.at(-1)).toBe('2 to 2')
    expect(given.machine.stats()).toMatchObject({ overflowLength: 0, steals: 3 })
  })

  test('nobody is overtaken by one who comes later', () => {
    const given = new Given([BUSY])
    given.arrive(2)

    given.machine.reported(0, { ...CALM, waiting: 49 }, 1)
    given.arrive(1)

    expect(given.story).toEqual(['0 to 0'])
    expect(given.machine.stats().steals).toBe(0)
  })

  test('a full overflow queue refuses nobody while a worker has head-room', () => {
    const given = new Given([BUSY])
    given.arrive(4)

    given.machine.reported(0, { ...CALM, waiting: 49 }, 1)
    given.arrive(1)

    expect(given.story).toEqual(['0 to 0'])
    expect(given.machine.stats().overflowLength).toBe(4)
  })

  test('whoever has waited for acceptTimeoutMs is refused', () => {
    const given = new Given([BUSY])
    given.arrive(1, 10)
    given.arrive(1, 20)
    const { dueAt } = given.machine

    given.machine.passTime(5_009)
    const before = given.story.length
    given.machine.passTime(5_010)

    expect(dueAt).toBe(5_010)
    expect(before).toBe(0)
    expect(given.story).toEqual(['0 timeout'])
    expect(given.machine.dueAt).toBe(5_020)
  })

  test('one whose client has gone makes room', () => {
    const given = new Given([BUSY])
    const [first = new FakePending(-1)] = given.arrive(4)

    const hasLeft = given.machine.left(first)
    given.arrive(1)

    expect(hasLeft).toBe(true)
    expect(given.machine.left(first)).toBe(false)
    expect(given.story).toEqual([])
  })

  test('the wait of those who are taken is measured', () => {
    const given = new Given([BUSY])
    given.arrive(1, 0)

    given.machine.reported(0, CALM, 30)
    given.arrive(1, 40)

    expect(given.machine.stats().overflowWaitTime).toMatchObject({ count: 2, sumMs: 30 })
  })
})

test('no more than maxClients come in, wherever they are', () => {
  const given = new Given([{ sessions: 5, maxSessions: 7 }], { maxClients: 8 })
  const [first = new FakePending(-1)] = given.arrive(4)
  const story = [...given.story]
  given.machine.acknowledged(first, 0, 1)

  given.machine.reported(0, { ...CALM, sessions: 5, maxSessions: 7 }, 2)
  given.arrive(2)

  expect(story).toEqual(['0 to 0', '1 to 0', '3 too-many-clients'])
  expect(given.story.slice(3)).toEqual(['2 to 0', '5 too-many-clients'])
})

describe('when a worker dies', () => {
  test('those on their way to it wait again, before all others and in order', () => {
    const given = new Given([{ limit: 4 }])
    given.arrive(3)

    given.machine.died(0, 5)
    given.machine.joined(1, CALM, 10)

    expect(given.story).toEqual(['0 to 0', '1 to 0', '0 to 1', '1 to 1', '2 to 1'])
  })

  test('of those who can take them the emptiest does', () => {
    const given = new Given([{ waiting: 20 }, { waiting: 3 }, {}])
    given.arrive(1)

    given.machine.died(2, 5)

    expect(given.story).toEqual(['0 to 2', '0 to 1'])
  })

  test('its clients are gone', () => {
    const given = new Given([{ sessions: 5 }])
    const first = given.one()
    given.machine.acknowledged(first, 0, 1)
    const before = given.machine.clients

    given.machine.died(0, 5)

    expect(before).toBe(6)
    expect(given.machine.clients).toBe(0)
  })

  test('what it had said before and comes late is not heard', () => {
    const given = new Given([{}])
    const first = given.one()
    given.machine.died(0, 5)
    given.machine.joined(1, CALM, 6)

    const isHeard = given.machine.acknowledged(first, 0, 7)
    given.machine.reported(0, CALM, 7)

    expect(isHeard).toBe(false)
    expect(given.machine.acknowledged(first, 1, 8)).toBe(true)
    expect(given.machine.clients).toBe(1)
  })
})

describe('when a worker sends a connection back', () => {
  test('it gets no other before it has reported', () => {
    const given = new Given([{}])
    const first = given.one()

    const isHeard = given.machine.returned(first, 0, 1)
    given.arrive(1)
    const before = [...given.story]
    given.machine.reported(0, CALM, 2)

    expect(isHeard).toBe(true)
    expect(before).toEqual(['0 to 0'])
    expect(given.story.slice(1)).toEqual(['0 to 0', '1 to 0'])
  })

  test('another gets it', () => {
    const given = new Given([{}, {}])
    const first = given.one()

    given.machine.returned(first, 0, 1)

    expect(given.story).toEqual(['0 to 0', '0 to 1'])
    expect(given.machine.returned(first, 0, 2)).toBe(false)
  })

  test('it may do so at once', () => {
    const story: string[] = []
    const machine: DispatchMachine<FakePending> = new DispatchMachine<FakePending>(RULES, {
      handOver: (connection, worker) => {
        story.push(`${connection.id} to ${worker}`)
        if (worker === 0) machine.returned(connection, worker, 0)
      },
      refuse: () => undefined,
    })
    machine.joined(0, CALM, 0)
    machine.joined(1, CALM, 0)

    machine.arrived(new FakePending(7), 0)

    expect(story).toEqual(['7 to 0', '7 to 1'])
  })
})

test('a drain refuses those who wait, who come, and who come back', () => {
  const given = new Given([{ limit: 1 }])
  const [first = new FakePending(-1)] = given.arrive(2)

  given.machine.drain()
  given.arrive(1)
  given.machine.returned(first, 0, 1)

  expect(given.story).toEqual(['0 to 0', '1 draining', '2 draining', '0 draining'])
})

test('without a worker connections wait for one', () => {
  const given = new Given([])
  given.arrive(2)

  given.machine.joined(3, CALM, 10)

  expect(given.story).toEqual(['0 to 3', '1 to 3'])
})

test('it is a bug if a connection arrives twice, or a worker joins twice', () => {
  const given = new Given([{}])
  const first = given.one()

  expect(() => given.machine.arrived(first, 1)).toThrow('bug: a connection arrives that is handed-over')
  expect(() => given.machine.joined(0, CALM, 1)).toThrow('bug: worker 0 joins twice')
})
