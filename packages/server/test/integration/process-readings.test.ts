import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { EventLoopDelay } from '../../src/monitors/event-loop-delay.ts'
import { ProcessReadings } from '../../src/monitors/process-readings.ts'

test('a loop that is blocked is late, also right after a reading', async () => {
  const loop = new EventLoopDelay()
  await delay(60)
  loop.read()

  block(150)
  await delay(60)
  const late = loop.read()
  loop.close()

  expect(late).toBeGreaterThan(100)
})

test('it is forgotten two readings later', async () => {
  const loop = new EventLoopDelay()
  await delay(60)
  block(1_000)
  await delay(60)

  const [first, ...others] = [loop.read(), loop.read(), loop.read()]
  loop.close()

  expect(first).toBeGreaterThan(900)
  expect(others.at(-1)).toBeLessThan(900)
})

test('a process has memory and a loop', () => {
  const readings = new ProcessReadings()

  const { heapBytes, rssBytes, eventLoopDelayMs } = readings.read()
  readings.close()

  expect(heapBytes).toBeGreaterThan(1e6)
  expect(rssBytes).toBeGreaterThan(heapBytes / 2)
  expect(eventLoopDelayMs).toBeGreaterThanOrEqual(0)
})

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) continue
}
