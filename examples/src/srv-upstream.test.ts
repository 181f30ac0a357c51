import { expect, test } from 'vitest'

import { command } from './redis/command.ts'
import { SmallRedis } from './redis/small-redis.ts'
import { serversOf } from './srv-upstream.ts'

/** A name server's records. */
function recordsOf(
  ...servers: readonly { readonly server: SmallRedis; readonly priority: number; readonly weight: number }[]
) {
  const records = servers.map(({ server, priority, weight }) => {
    const { port } = new URL(`tcp://${server.endpoint}`)
    return { name: '127.0.0.1', port: Number(port), priority, weight }
  })
  return { resolveSrv: () => Promise.resolve(records) }
}

test('callers go to the servers of the least priority, in proportion to their weights', async () => {
  await using one = await SmallRedis.start()
  await using three = await SmallRedis.start()
  await using backup = await SmallRedis.start()
  for (const [name, server] of Object.entries({ one, three, backup })) server.store.set('name', name)
  const resolver = recordsOf(
    { server: one, priority: 10, weight: 1 },
    { server: three, priority: 10, weight: 3 },
    { server: backup, priority: 20, weight: 1 },
  )

  await using upstream = serversOf('_cache._tcp.example', resolver)
  const counts: Record<string, number> = {}
  for (let times = 0; times < 400; times++) {
    const name = String(await upstream.use((socket) => command(socket, ['GET', 'name'])))
    counts[name] = (counts[name] ?? 0) + 1
  }

  expect(counts['backup']).toBeUndefined()
  expect((counts['three'] ?? 0) / (counts['one'] ?? 1)).toBeGreaterThan(1.8)
  expect((counts['three'] ?? 0) / (counts['one'] ?? 1)).toBeLessThan(5)
})
