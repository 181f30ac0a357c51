/** One limit over many pools, as a server counts that all of them dial: by names of its own for one address. */
import { PoolManager } from 'connpool'
import { expect, test } from 'vitest'

import { ask } from '../fixtures/ask.ts'
import { CountingServer } from '../fixtures/counting-server.ts'
import { turns } from '../fixtures/until.ts'

const TENANTS = 6
const CALLS = 40

test('maxTotal holds as counted by the server, and every pool is served', async () => {
  await using server = await CountingServer.listen(undefined, { host: '0.0.0.0' })
  const { port } = server.endpoint
  await using manager = new PoolManager({ maxTotal: 4, pool: { acquireTimeoutMs: 20_000 } })
  const endpoints = Array.from({ length: TENANTS }, (_, tenant) => `127.0.0.${tenant + 1}:${port}`)

  const answers = await Promise.all(
    Array.from({ length: CALLS * TENANTS }, (_, call) =>
      manager.use(endpoints[call % TENANTS] ?? '', async (socket) => {
        const answer = await ask(socket, `call ${call}`)
        await turns(2)
        return answer
      }),
    ),
  )

  expect(answers).toEqual(answers.map((_, call) => `call ${call}`))
  expect(server.mostOpenAfterTurn).toBeLessThanOrEqual(4)
  expect(server.mostOpenAfterTurn).toBeGreaterThan(1)
  expect(manager.stats().pools.map(({ stats }) => stats.released)).toEqual(endpoints.map(() => CALLS))
})

test('what one pool does not need serves another, and comes back when it does', async () => {
  await using server = await CountingServer.listen(undefined, { host: '0.0.0.0' })
  const { port } = server.endpoint
  await using manager = new PoolManager({ maxTotal: 4 })
  const [one, other] = [`127.0.0.1:${port}`, `127.0.0.2:${port}`]
  const leases = await Promise.all(Array.from({ length: 4 }, () => manager.acquire(one)))

  const waiting = Array.from({ length: 2 }, () => manager.acquire(other))
  for (const lease of leases.slice(0, 2)) lease.release()
  const others = await Promise.all(waiting)

  expect(await Promise.all(others.map(({ connection }) => ask(connection, 'mine')))).toEqual(['mine', 'mine'])
  expect(manager.stats()).toMatchObject({ leased: 4, waiting: 0 })
  expect(server.mostOpenAfterTurn).toBe(4)
  for (const lease of [...leases.slice(2), ...others]) lease.release()
})
