import { FakeClock } from 'connpool/testing'
import { expect, test } from 'vitest'

import { RecordingLog } from '../../test/fixtures/recording-log.ts'
import { Silences } from './silences.ts'

test('a worker that is silent for half a minute is reported once, and again when it had been heard meanwhile', async () => {
  const clock = new FakeClock()
  const log = new RecordingLog()
  const silences = new Silences({ clock, log })
  const worker = { place: 2, pid: 77, heardAt: clock.now() }
  const checkAfter = async (ms: number): Promise<number> => {
    await clock.advance(ms)
    silences.check([worker])
    return log.events.length
  }

  const before = await checkAfter(29_999)
  const after = await checkAfter(1)
  const still = await checkAfter(10_000)
  worker.heardAt = clock.now()
  await checkAfter(1_000)
  const again = await checkAfter(29_000)

  expect([before, after, still, again]).toEqual([0, 1, 1, 2])
  expect(log.events[0]).toEqual({ event: 'worker-silent', worker: 2, workerPid: 77, silentMs: 30_000 })
})
