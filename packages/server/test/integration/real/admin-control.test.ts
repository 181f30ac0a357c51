/** The admin listener of a running process: readiness, drain, and a pause over a restart of the backend. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { RedisServer } from '../../../../connpool/test/fixtures/redis-server.ts'
import { until } from '../../../../connpool/test/fixtures/until.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import { Client } from '../../fixtures/client.ts'
import { ConnpoolProcess } from '../../fixtures/real/connpool-process.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'

describe('the admin listener', needs('redis-server'), () => {
  let redis: RedisServer
  let server: ConnpoolProcess
  let url: string
  let folder: TemporaryFolder
  const clients: Client[] = []

  beforeEach(async () => {
    redis = await RedisServer.start()
    folder = new TemporaryFolder()
    server = ConnpoolProcess.serving(folder, {
      listener: { protocol: 'redis', requestTimeout: '20s' },
      upstream: { endpoints: [`127.0.0.1:${redis.port}`], pool: { maxSize: 2 } },
      admin: { listen: '127.0.0.1:0' },
    })
    url = await server.adminUrl()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  async function client(): Promise<Client> {
    const one = await Client.connect(await server.port())
    clients.push(one)
    return one
  }

  const post = async (path: string): Promise<number> => (await fetch(`${url}${path}`, { method: 'POST' })).status

  test('holds requests over a restart of Redis, and lets them go in order', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, client))
    expect(await all[0]?.ask('PING\r\n')).toBe('+PONG\r\n')

    expect(await post('/api/upstreams/backend/pause')).toBe(200)
    await redis.stop()
    for (const [index, one] of all.entries()) {
      one.send(`RPUSH order ${index}\r\n`)
      await until('it waits', async () => (await queueLength(url)) === index + 1)
    }
    await redis.restart()
    expect(await post('/api/upstreams/backend/resume')).toBe(200)
    await until('all are answered', () => all.every(({ text }) => text.includes(':')))

    expect(all.map(({ text }) => text).filter((text) => text.includes('-ERR'))).toEqual([])
    // Two connections are written to in order, and read by Redis in any.
    const order = (await client()).ask('LRANGE order 0 -1\r\n', '\r\n')
    const places = [...(await order).matchAll(/\r\n(\d+)(?=\r\n[$]|\r\n$)/g)].map(([, place]) => Number(place))
    expect(places).toHaveLength(20)
    for (const [at, place] of places.entries()) expect(Math.abs(at - place)).toBeLessThanOrEqual(2)
  })

  test('knows no upstream of another name', async () => {
    expect(await post('/api/upstreams/nobody/pause')).toBe(404)
  })

  test('says that it is not ready while it drains, and ends when the last session has', async () => {
    const one = await client()
    expect(await one.ask('PING\r\n')).toBe('+PONG\r\n')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    one.send('BLPOP never 0\r\n')
    await until('it is under way', async () => (await redis.info('blocked_clients')) === 1)

    expect(await post('/api/drain')).toBe(202)
    const notReady = await fetch(`${url}/readyz`)
    expect(notReady.status).toBe(503)
    expect(await notReady.text()).toContain('draining')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)

    await redis.command('RPUSH', 'never', 'now')
    await until('it is answered', () => one.text.includes('now'))
    one.socket.end()
    expect(await server.ended()).toBe(0)
  })
})

async function queueLength(url: string): Promise<number> {
  const { stats } = (await (await fetch(`${url}/api/state`)).json()) as State
  return Object.values(stats.listeners)[0]?.queue.length ?? 0
}

interface State {
  readonly stats: { readonly listeners: Readonly<Record<string, { readonly queue: { readonly length: number } }>> }
}
