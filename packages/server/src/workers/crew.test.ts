import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { Crew, type CrewMember } from './crew.ts'

class FakeWorker implements CrewMember {
  readonly place: number
  readonly startedAt: number
  isKilled = false

  constructor(place: number, startedAt: number) {
    this.place = place
    this.startedAt = startedAt
  }

  kill(): void {
    this.isKilled = true
  }
}

/** A crew of two, and what is done with its workers. */
class Given {
  readonly clock = new FakeClock()
  readonly forked: FakeWorker[] = []
  /** Those that were told to close, and how to let them end. */
  readonly closing = new Map<FakeWorker, () => void>()
  readonly crew: Crew<FakeWorker>

  constructor() {
    this.crew = new Crew<FakeWorker>({
      clock: this.clock,
      random: () => 0,
      workers: 2,
      fork: (place) => {
        const worker = new FakeWorker(place, this.clock.now())
        this.forked.push(worker)
        return worker
      },
    })
  }

  /** Two workers serve. */
  static async running(): Promise<Given> {
    const given = new Given()
    const started = given.crew.start()
    for (const worker of given.forked) given.crew.hasStarted(worker)
    await started
    return given
  }

  worker(place: number): FakeWorker {
    const worker = this.forked[place]
    if (worker === undefined) throw new Error(`only ${this.forked.length} have been started`)
    return worker
  }

  renew(order: 'new first' | 'old first'): { readonly settled: string[] } {
    const settled: string[] = []
    const close = async (old: FakeWorker): Promise<void> =>
      await new Promise<void>((resolve) => this.closing.set(old, resolve))
    this.crew.renew(order, close).then(
      () => settled.push('renewed'),
      (error: Error) => settled.push(error.message),
    )
    return { settled }
  }

  /** It has closed, and is gone. */
  async ends(worker: FakeWorker): Promise<void> {
    this.crew.hasGone(worker, 0)
    this.closing.get(worker)?.()
    await this.clock.advance(0)
  }

  async serves(worker: FakeWorker): Promise<void> {
    this.crew.hasStarted(worker)
    await this.clock.advance(0)
  }

  get places(): number[] {
    return this.forked.map(({ place }) => place)
  }
}

describe('workers that are to start anew', () => {
  test.each(['new first', 'old first'] as const)('take the place of another all the same, %s', async (order) => {
    const given = await Given.running()
    const { settled } = given.renew(order)
    if (order === 'old first') await given.ends(given.worker(0))

    given.crew.startAnew()
    await given.ends(given.worker(2))
    const killed = given.worker(2).isKilled
    await given.serves(given.worker(3))
    if (order === 'new first') await given.ends(given.worker(0))

    expect([killed, settled, given.places.slice(0, 4)]).toEqual([true, [], [1, 2, 1, 1]])
  })

  test('are not started again when the server is to stop', async () => {
    const given = await Given.running()
    const { settled } = given.renew('new first')

    given.crew.startAnew()
    given.crew.stop()
    await given.ends(given.worker(2))

    expect(settled).toEqual(['Worker 1 is not needed any more: the server is to stop'])
    expect(given.places).toEqual([1, 2, 1])
  })

  test('are not taken for workers that crash, however often that happens', async () => {
    const given = await Given.running()
    given.crew.hasGone(given.worker(1), 'SIGKILL')
    await given.clock.advance(100)

    const waits: (number | undefined)[] = []
    for (let time = 0; time < 3; time++) {
      given.crew.startAnew()
      waits.push(given.crew.hasGone(given.worker(2 + time), 'SIGKILL'))
      await given.clock.advance(100)
    }

    expect([waits, given.places]).toEqual([
      [100, 100, 100],
      [1, 2, 2, 2, 2, 2],
    ])
  })

  test('are none of those that serve', async () => {
    const given = await Given.running()

    given.crew.startAnew()

    expect(given.forked.map(({ isKilled }) => isKilled)).toEqual([false, false])
  })
})

describe('a worker that dies', () => {
  test('is replaced in its place, after the wait that is told', async () => {
    const given = await Given.running()

    const restartInMs = given.crew.hasGone(given.worker(1), 'SIGKILL')
    await given.clock.advance(99)
    const before = given.places
    await given.clock.advance(1)

    expect(restartInMs).toBe(100)
    expect(before).toEqual([1, 2])
    expect(given.places).toEqual([1, 2, 2])
    expect([given.crew.restartsOf(1), given.crew.restartsOf(2), given.crew.restarts]).toEqual([0, 1, 1])
  })

  test('again and again is replaced ever later', async () => {
    const given = await Given.running()
    const waits: (number | undefined)[] = []

    for (let death = 0; death < 4; death++) {
      const victim = given.forked.at(-1) ?? given.worker(0)
      waits.push(given.crew.hasGone(victim, 1))
      await given.clock.advance(waits.at(-1) ?? 0)
    }

    expect(waits).toEqual([100, 200, 400, 800])
  })

  test('is not replaced once the server is to stop, nor is one that has died before', async () => {
    const given = await Given.running()
    given.crew.hasGone(given.worker(0), 'SIGKILL')

    given.crew.stop()
    const restartInMs = given.crew.hasGone(given.worker(1), 0)
    await given.clock.advance(20_000)

    expect(restartInMs).toBeUndefined()
    expect(given.places).toEqual([1, 2])
  })
})

describe('a start', () => {
  test('fails with the worker that does, which is killed', async () => {
    const given = new Given()
    const started = given.crew.start()

    given.crew.hasStarted(given.worker(0))
    given.crew.hasFailed(given.worker(1), new Error('no file'))

    await expect(started).rejects.toThrow('no file')
    expect(given.forked.map(({ isKilled }) => isKilled)).toEqual([false, true])
  })

  test('fails with a worker that dies before it is ready', async () => {
    const given = new Given()
    const started = given.crew.start()

    given.crew.hasGone(given.worker(0), 'SIGSEGV')

    await expect(started).rejects.toThrow('Worker 1 ended before it was ready (SIGSEGV)')
  })

  test('fails with a worker that is not ready in time', async () => {
    const given = new Given()
    const started = given.crew.start()
    started.catch(() => undefined)
    given.crew.hasStarted(given.worker(0))

    await given.clock.advance(10_000)

    expect(given.worker(1).isKilled).toBe(true)
    await expect(started).rejects.toThrow('Worker 2 was not ready within 10000 ms')
  })

  test('waits for as long as a worker waits for its first connections', async () => {
    const given = new Given()
    const started = given.crew.start()
    for (const worker of given.forked) given.crew.waits(worker)
    await given.clock.advance(60_000)

    for (const worker of given.forked) given.crew.begins(worker)
    await given.clock.advance(9_999)
    for (const worker of given.forked) given.crew.hasStarted(worker)

    await expect(started).resolves.toBeUndefined()
  })
})

describe('who is told what is new', () => {
  test('are all that have begun, ready or not', async () => {
    const given = await Given.running()
    void given.renew('new first')

    const before = given.crew.begun
    given.crew.begins(given.worker(2))

    expect([before, given.crew.begun]).toEqual([given.forked.slice(0, 2), given.forked])
    expect(given.crew.ready).toEqual(given.forked.slice(0, 2))
  })
})

describe('a restart', () => {
  test('kills a worker that is not ready yet, and closes none that has no clients', async () => {
    const given = await Given.running()
    given.crew.hasGone(given.worker(0), 'SIGKILL')
    await given.clock.advance(100)

    given.renew('new first')
    await given.ends(given.worker(2))
    await given.serves(given.worker(3))

    expect([given.worker(2).isKilled, given.closing.size, given.places]).toEqual([true, 0, [1, 2, 1, 1, 2]])
  })

  test('has each new worker serve before the old one is closed, one place after the other', async () => {
    const given = await Given.running()
    const { settled } = given.renew('new first')
    const atFirst = [given.places, [...given.closing.keys()]]

    await given.serves(given.worker(2))
    const oneServes = [given.places, [...given.closing.keys()]]
    await given.ends(given.worker(0))
    const oneHasEnded = given.places
    await given.serves(given.worker(3))
    const beforeTheEnd = [...settled]
    await given.ends(given.worker(1))

    expect(atFirst).toEqual([[1, 2, 1], []])
    expect(oneServes).toEqual([[1, 2, 1], [given.worker(0)]])
    expect(oneHasEnded).toEqual([1, 2, 1, 2])
    expect(beforeTheEnd).toEqual([])
    expect(settled).toEqual(['renewed'])
    expect(given.crew.ready).toEqual([given.worker(2), given.worker(3)])
  })

  test('has each old worker end first where there cannot be one more', async () => {
    const given = await Given.running()
    given.renew('old first')
    const before = given.places

    await given.ends(given.worker(0))

    expect(before).toEqual([1, 2])
    expect(given.places).toEqual([1, 2, 1])
  })

  test('has the old one end after all when the new one gets no connections', async () => {
    const given = await Given.running()
    given.renew('new first')
    given.crew.waits(given.worker(2))

    await given.clock.advance(4_999)
    const before = given.closing.size
    await given.clock.advance(1)

    expect(before).toBe(0)
    expect([...given.closing.keys()]).toEqual([given.worker(0)])
  })

  test('leaves the old worker in its place when the new one does not start', async () => {
    const given = await Given.running()
    const { settled } = given.renew('new first')

    given.crew.hasFailed(given.worker(2), new Error('no file'))
    given.crew.hasGone(given.worker(2), 1)
    await given.clock.advance(20_000)
    const restartInMs = given.crew.hasGone(given.worker(0), 'SIGKILL')

    expect(settled).toEqual(['no file'])
    expect(given.closing.size).toBe(0)
    expect(given.places).toEqual([1, 2, 1])
    expect(restartInMs).toBe(100)
  })

  test('starts another one later when the old one has gone and the new one does not start', async () => {
    const given = await Given.running()
    const { settled } = given.renew('old first')
    await given.ends(given.worker(0))

    given.crew.hasFailed(given.worker(2), new Error('no file'))
    given.crew.hasGone(given.worker(2), 1)
    await given.clock.advance(100)

    expect(settled).toEqual(['no file'])
    expect(given.places).toEqual([1, 2, 1, 1])
  })

  test('that a stop cuts short is no success', async () => {
    const given = await Given.running()
    const { settled } = given.renew('new first')
    await given.serves(given.worker(2))

    given.crew.stop()
    await given.ends(given.worker(0))

    expect(settled).toEqual(['Not all workers were restarted: the server is to stop'])
    expect(given.places).toEqual([1, 2, 1])
  })
})

describe('a stop', () => {
  test('kills who has not started yet, and is over when no process is left', async () => {
    const given = await Given.running()
    given.crew.hasGone(given.worker(0), 'SIGKILL')
    await given.clock.advance(100)
    let isEmpty = false

    given.crew.stop()
    void given.crew.empty().then(() => (isEmpty = true))
    await given.ends(given.worker(1))
    const whileOneIsLeft = isEmpty
    await given.ends(given.worker(2))

    expect(given.forked.map(({ isKilled }) => isKilled)).toEqual([false, false, true])
    expect(whileOneIsLeft).toBe(false)
    expect(isEmpty).toBe(true)
  })

  test('is over at once when there is no process', async () => {
    await expect(new Given().crew.empty()).resolves.toBeUndefined()
  })
})
