import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { serve } from './per-request.ts'
import { SmallRedis } from './redis/small-redis.ts'

async function listening(server: Server): Promise<{ readonly url: string } & AsyncDisposable> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const dispose = async (): Promise<void> => {
    server.closeAllConnections()
    await once(server.close(), 'close')
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose }
}

test('each request has a connection and gives it back', async () => {
  await using redis = await SmallRedis.start()
  redis.store.set('/greeting', 'hello')
  await using pool = new Pool({ endpoint: redis.endpoint, maxSize: 2 })
  await using http = await listening(serve(pool))

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => fetch(`${http.url}/greeting`).then((response) => response.text())),
  )
  const nothing = await fetch(`${http.url}/nothing`)

  expect(answers).toEqual(Array.from({ length: 10 }, () => 'hello'))
  expect(nothing.status).toBe(404)
  expect(pool.stats()).toMatchObject({ acquired: 11, released: 11, leased: 0 })
})

test('while the server is down, requests are refused and told when to come again', async () => {
  const redis = await SmallRedis.start()
  const { endpoint } = redis
  await redis[Symbol.asyncDispose]()
  await using pool = new Pool({ endpoint, breaker: { failureThreshold: 1, openMs: 5_000 } })
  await using http = await listening(serve(pool))

  const first = await fetch(http.url)
  const second = await fetch(http.url)

  expect(first.status).toBe(503)
  expect(second.status).toBe(503)
  expect(second.headers.get('retry-after')).toBe('5')
})
