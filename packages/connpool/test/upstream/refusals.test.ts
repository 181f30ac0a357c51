// What refused callers are told of the upstream.
import { expect, test } from 'vitest'
import type { PoolError } from 'connpool'

import { givenUpstream } from './given.ts'

/** Everything is lent; so many wait, and are refused when their time is up. */
async function refusedTogether(count: number) {
  const world = givenUpstream(3, { pool: { maxSize: 1 } })
  for (let times = 0; times < 3; times++) await world.lease()
  const refusals = Array.from({ length: count }, () =>
    world.upstream.acquire({ timeoutMs: 50 }).then(
      () => undefined,
      (error: unknown) => error as PoolError,
    ),
  )
  await world.clock.advance(50)
  return { world, errors: await Promise.all(refusals) }
}

test('the numbers are taken once for all who are refused together', async () => {
  const { errors } = await refusedTogether(100)

  const [first] = errors
  expect([first?.code, first?.stats?.waiting, first?.holders?.length]).toEqual(['ACQUIRE_TIMEOUT', 100, 3])
  expect(new Set(errors.map((error) => error?.stats)).size).toBe(1)
  expect(new Set(errors.map((error) => error?.holders)).size).toBe(1)
})

test('the numbers are taken anew for who is refused later', async () => {
  const { world, errors } = await refusedTogether(2)

  const later = await world.upstream.acquire({ timeoutMs: 0 }).catch((error: unknown) => error as PoolError)

  expect([errors[0]?.stats?.timeouts, (later as PoolError).stats?.timeouts]).toEqual([1, 3])
})

test('each is told how long it has waited, and for what', async () => {
  const world = givenUpstream(1, { pool: { maxSize: 1 } })
  world.server('a').mode = 'hanging'
  const told: unknown[] = []
  const tell = ({ waitedMs, phase }: PoolError): unknown => told.push([waitedMs, phase])
  world.upstream.acquire({ timeoutMs: 50 }).catch(tell)
  await world.clock.advance(20)
  world.upstream.acquire({ timeoutMs: 30 }).catch(tell)
  await world.clock.advance(30)

  expect(told).toEqual([
    [50, 'dialing'],
    [30, 'queued'],
  ])
})
