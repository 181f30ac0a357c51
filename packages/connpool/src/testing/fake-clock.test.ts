import { describe, expect, test } from 'vitest'

import { FakeClock } from './fake-clock.ts'

function recording(clock: FakeClock): { told: string[]; say: (what: string) => () => void } {
  const told: string[] = []
  return { told, say: (what) => () => void told.push(`${what} at ${clock.now()}`) }
}

describe('a fake clock that is advanced', () => {
  test('stands still by itself', async () => {
    const clock = new FakeClock({ startAt: 5 })

    await clock.settle()

    expect(clock.now()).toBe(5)
  })

  test('wakes in the order of time, each at its own moment', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(30, say('third'))
    clock.wakeAt(10, say('first'))
    clock.wakeAt(20, say('second'))

    await clock.advance(25)

    expect(told).toEqual(['first at 10', 'second at 20'])
    expect(clock.now()).toBe(25)
  })

  test('wakes those of the same moment in the order of arming', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    for (const name of ['a', 'b', 'c', 'd', 'e']) clock.wakeAt(10, say(name))

    await clock.advance(10)

    expect(told).toEqual(['a at 10', 'b at 10', 'c at 10', 'd at 10', 'e at 10'])
  })

  test('does not wake what was disposed', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    const wake = clock.wakeAt(10, say('cancelled'))
    clock.wakeAt(10, say('kept'))
    wake[Symbol.dispose]()

    await clock.advance(10)

    expect(told).toEqual(['kept at 10'])
  })

  test('fires what a wake arms on the way', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, () => clock.wakeAt(15, say('later')))

    await clock.advance(20)

    expect(told).toEqual(['later at 15'])
  })

  test('lets promises and immediates settle between two wakes', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, () => {
      setImmediate(() => setImmediate(() => void Promise.resolve().then(say('what followed'))))
    })
    clock.wakeAt(11, say('next'))

    await clock.advance(20)

    expect(told).toEqual(['what followed at 10', 'next at 11'])
  })

  test('never wakes synchronously, even for a time that has passed', async () => {
    const clock = new FakeClock({ startAt: 100 })
    const { told, say } = recording(clock)

    clock.wakeAt(50, say('overdue'))
    expect(told).toEqual([])

    await clock.settle()
    expect(told).toEqual(['overdue at 100'])
  })

  test('counts armed wakes, but not what the world does', async () => {
    const clock = new FakeClock()
    const wake = clock.wakeAt(10, () => {})
    clock.wakeAt(20, () => {})
    clock.arriveAt(30, () => {})
    clock.elsewhereAt(30, () => {})
    expect(clock.pendingCount).toBe(2)

    wake[Symbol.dispose]()
    wake[Symbol.dispose]()
    expect(clock.pendingCount).toBe(1)

    await clock.advance(25)
    expect(clock.pendingCount).toBe(0)
  })

  test('says when the next event is due', () => {
    const clock = new FakeClock()
    expect(clock.nextAt).toBeUndefined()

    clock.wakeAt(40, () => {})
    clock.arriveAt(30, () => {})
    clock.elsewhereAt(20, () => {})[Symbol.dispose]()

    expect(clock.nextAt).toBe(30)
  })

  test('rejects with what a wake throws', async () => {
    const clock = new FakeClock()
    clock.wakeAt(10, () => {
      throw new Error('from a wake')
    })

    await expect(clock.advance(10)).rejects.toThrow('from a wake')
  })

  test('refuses to turn in place for ever', async () => {
    const clock = new FakeClock({ turns: 0 })
    const again = (): void => void clock.wakeAt(10, again)
    clock.wakeAt(10, again)

    await expect(clock.advance(10)).rejects.toThrow('time stands still')
  })
})

describe('a fake clock that jumps', () => {
  test('moves at once and wakes nobody before it is settled', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, say('due at 10'))

    clock.jump(400)
    expect(told).toEqual([])

    await clock.settle()
    expect(told).toEqual(['due at 10 at 400'])
  })

  test('brings overdue wakes before overdue arrivals', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.arriveAt(10, say('reply'))
    clock.wakeAt(20, say('deadline'))

    clock.jump(400)
    await clock.settle()

    expect(told).toEqual(['deadline at 400', 'reply at 400'])
  })

  test('brings overdue arrivals first when told to', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, say('deadline'))
    clock.arriveAt(20, say('reply'))

    clock.jump(400, 'arrivals')
    await clock.settle()

    expect(told).toEqual(['reply at 400', 'deadline at 400'])
  })

  test('brings both within two immediates of whatever was scheduled before', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, say('deadline'))
    clock.arriveAt(20, say('reply'))

    clock.jump(400)
    setImmediate(() => {
      say('first immediate')()
      setImmediate(say('second immediate'))
    })
    await clock.settle()

    expect(told).toEqual(['first immediate at 400', 'deadline at 400', 'reply at 400', 'second immediate at 400'])
  })

  test('does not wake what an overdue wake before it disposes', async () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.wakeAt(10, () => second[Symbol.dispose]())
    const second = clock.wakeAt(20, say('disposed'))

    clock.jump(400)
    await clock.settle()

    expect(told).toEqual([])
  })

  test('lets other machines act on time meanwhile', () => {
    const clock = new FakeClock()
    const { told, say } = recording(clock)
    clock.elsewhereAt(10, () => clock.elsewhereAt(20, say('the server replies')))

    clock.jump(400)

    expect(told).toEqual(['the server replies at 20'])
  })
})
