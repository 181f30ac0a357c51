// #region fake-dialer
import { Pool } from 'connpool'
import { FakeClock, FakeDialer, Simulation } from 'connpool/testing'
import { expect, test } from 'vitest'

import { Cache } from './cache.ts'

test('an answer is kept for a minute', async () => {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ reply: (question) => `answer to ${question}` })
  await using pool = new Pool({ dial: dialer.dial, clock })
  const cache = new Cache(pool, () => clock.now())

  await cache.ask('one')
  await clock.advance(59_000)
  await cache.ask('one')
  const askedBefore = dialer.connections[0]?.written
  await clock.advance(2_000)
  await cache.ask('one')

  expect(askedBefore).toBe('one\n')
  expect(dialer.connections[0]?.written).toBe('one\none\n')
})
// #endregion

// #region refused
test('a server that is down is no reason to wait', async () => {
  const clock = new FakeClock()
  const dialer = new FakeDialer()
  dialer.failNext(100)
  await using pool = new Pool({ dial: dialer.dial, clock })
  const cache = new Cache(pool)

  const asked = cache.ask('one').catch((error: unknown) => error)
  await clock.advance(2_000)

  expect(await asked).toMatchObject({ code: 'DIAL_FAILED', cause: { code: 'ECONNREFUSED' } })
})
// #endregion

// #region simulation
test('a server that restarts costs nobody an error', async () => {
  const simulation = new Simulation({ seed: 7 })
  const server = simulation.listen({ latencyMs: 5, fragmentRatio: 0.5 })
  const pool = new Pool({ dial: server.dial, clock: simulation.clock, random: simulation.random.next })
  const cache = new Cache(pool, () => simulation.clock.now())
  await simulation.run(cache.ask('before'))

  server.kill()
  simulation.clock.elsewhereAt(simulation.clock.now() + 200, () => server.restart())
  await simulation.clock.advance(10) // the news has arrived
  const answer = await simulation.run(cache.ask('after'))

  expect(answer).toBe('after')
  await simulation.run(pool.close())
  expect(server.openCount).toBe(0)
})
// #endregion
