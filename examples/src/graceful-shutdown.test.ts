import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'connpool'
import { afterEach, expect, test, vi } from 'vitest'

import { shutDown } from './graceful-shutdown.ts'
import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a request under way is finished, and then everything is closed', async () => {
  vi.spyOn(console, 'log').mockReturnValue()
  await using redis = await SmallRedis.start()
  const pool = new Pool({ endpoint: redis.endpoint })
  const shuttingDown: Promise<number>[] = []
  const server = createServer((_request, response) => {
    void pool
      .use((socket) => {
        shuttingDown.push(shutDown(server, pool)) // now, in the middle of it
        return command(socket, ['PING'])
      })
      .then((reply) => response.end(String(reply)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo

  const response = await fetch(`http://127.0.0.1:${port}`)

  expect(await response.text()).toBe('PONG')
  expect(await shuttingDown[0]).toBe(0)
  expect(pool.stats()).toMatchObject({ total: 0, released: 1 })
  server.closeAllConnections()
  if (server.listening) await once(server, 'close')
})

test('what does not end in time is cut, and the exit code says so', async () => {
  vi.spyOn(console, 'log').mockReturnValue()
  await using redis = await SmallRedis.start()
  const pool = new Pool({ endpoint: redis.endpoint })
  const lease = await pool.acquire()

  const code = shutDown(createServer(), pool)
  void pool.destroy(new Error('no more time'))

  expect(await code).toBe(1)
  expect(lease.signal.reason).toMatchObject({ message: 'no more time' })
})
