// Callers of an upstream are seen by the pool's observer, as callers of the endpoint that they wait for.
import { expect, test } from 'vitest'

import { codeOf, givenUpstream } from './given.ts'

test('an observer hears who waits, who is served and who is refused', async () => {
  const heard: string[] = []
  const world = givenUpstream(1, {
    pool: {
      maxSize: 1,
      observer: {
        waiting: ({ endpoint, waiting }) => heard.push(`${endpoint}: ${waiting} waiting`),
        acquired: ({ endpoint, connectionId }) => heard.push(`${endpoint}: ${connectionId} lent`),
        refused: ({ endpoint, error, waitMs }) =>
          heard.push(`${endpoint}: ${String((error as { code?: string }).code ?? error)} after ${waitMs} ms`),
      },
    },
  })
  const held = await world.lease()
  const abort = new AbortController()
  const late = codeOf(world.upstream.acquire({ timeoutMs: 50 }))
  const left = codeOf(world.upstream.acquire({ signal: abort.signal }))
  await world.clock.advance(50)
  abort.abort('left')
  await world.clock.settle()
  held.release()

  expect(await Promise.all([late, left])).toEqual(['ACQUIRE_TIMEOUT', 'left'])
  expect(heard).toEqual([
    'a:1: 1 waiting',
    'a:1: 1 lent',
    'a:1: 1 waiting',
    'a:1: 2 waiting',
    'a:1: ACQUIRE_TIMEOUT after 50 ms',
    'a:1: left after 50 ms',
  ])
})

test('waits, leases and dials of all endpoints are one sum, those of an endpoint that was taken out included', async () => {
  const world = givenUpstream(2)
  await world.homes(10)
  const before = world.upstream.histograms()
  const removed = world.upstream.remove('a:1')
  await world.clock.advance(1_000)
  await removed

  const { wait, lease, dial } = world.upstream.histograms()

  expect([wait.count, lease.count, dial.count]).toEqual([10, 10, world.upstream.stats().dials])
  expect([wait, lease, dial]).toEqual([before.wait, before.lease, before.dial])
})

test('a connection that its holder closes without a word says nothing of the endpoint; work that throws does', async () => {
  const world = givenUpstream(1)
  const failureRatio = (): number => world.upstream.stats().endpoints[0]?.failureRatio ?? -1

  for (let times = 0; times < 20; times++) {
    const lease = await world.lease()
    lease.discard()
    await world.clock.advance(1)
  }
  const afterDiscards = failureRatio()
  const thrown = world.upstream.use(() => Promise.reject(new Error('work failed'))).catch(String)
  await world.clock.advance(10)

  expect(await thrown).toBe('Error: work failed')
  expect(afterDiscards).toBe(0)
  expect(failureRatio()).toBeGreaterThan(0)
})
