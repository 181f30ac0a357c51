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
