import { FakeClock } from 'connpool/testing'
import { expect, test } from 'vitest'

import type { OverloadVerdict } from './overload-machine.ts'
import { OverloadMonitor } from './overload-monitor.ts'
import type { Readings } from './readings.ts'

const NEVER = { refuseAt: Infinity, stopAt: Infinity }
const LATE = { refuseAt: 200, stopAt: 1_000 }
const SETTINGS = { eventLoopDelay: LATE, heapBytes: { refuseAt: 100, stopAt: 200 }, rssBytes: NEVER, fdRatio: NEVER }

class FakeSource {
  heapBytes = 0
  eventLoopDelayMs = 0
  isClosed = false

  read(): Readings {
    const { heapBytes, eventLoopDelayMs } = this
    return { eventLoopDelayMs, heapBytes, rssBytes: 0, fds: 0, fdLimit: 100 }
  }

  close(): void {
    this.isClosed = true
  }
}

function given(): { clock: FakeClock; source: FakeSource; monitor: OverloadMonitor; verdicts: OverloadVerdict[] } {
  const clock = new FakeClock()
  const source = new FakeSource()
  const verdicts: OverloadVerdict[] = []
  const monitor = new OverloadMonitor(SETTINGS, { source, clock, ordered: (verdict) => verdicts.push(verdict) })
  return { clock, source, monitor, verdicts }
}

test('it reads twice a second and tells what has changed', async () => {
  const { clock, source, monitor, verdicts } = given()
  source.heapBytes = 150

  await clock.advance(499)
  const before = verdicts.length
  await clock.advance(1_000)

  expect(before).toBe(0)
  expect(verdicts.map(({ order }) => order)).toEqual(['refuse'])
  expect(monitor.readings.heapBytes).toBe(150)
  monitor.close()
})

test('a loop that was late once, which two readings see, is not overloaded', async () => {
  const { clock, source, monitor, verdicts } = given()
  source.eventLoopDelayMs = 5_000

  await clock.advance(1_000)
  source.eventLoopDelayMs = 0
  await clock.advance(500)
  source.eventLoopDelayMs = 5_000
  await clock.advance(1_000)

  expect(verdicts).toEqual([])
  expect(monitor.readings.eventLoopDelayMs).toBe(5_000)
  monitor.close()
})

test('a loop that is late in three readings in a row is as overloaded as in the best of them', async () => {
  const { clock, source, monitor, verdicts } = given()
  source.eventLoopDelayMs = 300

  await clock.advance(500)
  source.eventLoopDelayMs = 5_000
  await clock.advance(1_000)

  expect(verdicts).toEqual([
    { order: 'refuse', reason: 'the event loop is 300 ms late, clients are refused from 200 ms' },
  ])
  monitor.close()
})

test('once it is closed it reads no more', async () => {
  const { clock, source, monitor, verdicts } = given()

  monitor.close()
  source.heapBytes = 150
  await clock.advance(5_000)

  expect(verdicts).toEqual([])
  expect(source.isClosed).toBe(true)
})
