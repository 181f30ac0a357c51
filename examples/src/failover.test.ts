import type { Upstream } from 'connpool'
import { expect, test, vi } from 'vitest'

import { ask, primaryWithBackup } from './failover.ts'
import { SmallRedis } from './redis/small-redis.ts'

async function whoAnswers(upstream: Upstream): Promise<string> {
  const { reply, by } = await ask(upstream, ['PING'])
  expect(reply).toBe('PONG')
  return by
}

test('the backup serves while the primary is down, and gives back when it is up again', async () => {
  await using primary = await SmallRedis.start()
  await using backup = await SmallRedis.start()
  await using upstream = primaryWithBackup(primary.endpoint, backup.endpoint)
  const before = [await whoAnswers(upstream), backup.connectionCount]

  await primary.stop()
  await vi.waitFor(() => expect(upstream.stats().total).toBe(0)) // the news has arrived
  const during = await Promise.all(Array.from({ length: 20 }, () => whoAnswers(upstream)))
  const isGivenUp = async (): Promise<void> => {
    during.push(await whoAnswers(upstream))
    expect(upstream.stats().endpoints[0]?.state).toBe('down')
  }
  await vi.waitFor(isGivenUp, { timeout: 20_000, interval: 5 })
  await primary.startAgain()
  const isBack = async (): Promise<void> => expect(await whoAnswers(upstream)).toBe(primary.endpoint)
  await vi.waitFor(isBack, { timeout: 20_000, interval: 5 })
  const after: string[] = []
  while (after.length < 20) after.push(await whoAnswers(upstream))

  expect(before).toEqual([primary.endpoint, 0])
  expect(new Set(during)).toEqual(new Set([backup.endpoint]))
  expect(new Set(after)).toEqual(new Set([primary.endpoint]))
})

test('when both are down the caller is told why', async () => {
  await using primary = await SmallRedis.start()
  await using backup = await SmallRedis.start()
  await using upstream = primaryWithBackup(primary.endpoint, backup.endpoint)
  await Promise.all([primary.stop(), backup.stop()])

  await expect(ask(upstream, ['PING'])).rejects.toMatchObject({ code: 'DIAL_FAILED', cause: { code: 'ECONNREFUSED' } })
})
