import type { Row } from '../../row.ts'
import { againstHaproxy } from '../against-haproxy.ts'
import { beforeRedis } from '../before-redis.ts'
import { ours, peers, presentOf } from '../subjects.ts'
import { byRedisBenchmark, requestsTable } from './by-redis-benchmark.ts'

const sizes = {
  full: { load: { clients: 50, requests: 20_000 }, dialedAhead: 64 },
  tiny: { load: { clients: 2, requests: 200 }, dialedAhead: 4 },
}
const ofHaproxyAtLeast = 1
const whenMissed =
  'CPU time: twice that of HAProxy. The system calls are the same but for TCP keep-alive and asking who ' +
  "the client is; some 100 µs are the pool, the session and Node's handles"

/** What accepting, dialing and closing cost. */
export const connectionPerRequest: Row = {
  name: 'connection-per-request',
  run({ scale, rounds }) {
    const title = 'GET by redis-benchmark -k 0, 50 clients, protocol `tcp` over 64 connections dialed ahead'
    return beforeRedis({ name: this.name, title }, async ({ port, version }) => {
      const { load, dialedAhead } = sizes[scale]
      const { proxies, notes } = await presentOf([...ours(dialedAhead), ...peers])
      const samples = await byRedisBenchmark({
        redisPort: port,
        proxies,
        rounds,
        load: { ...load, connections: 'once' },
      })
      return {
        tables: [requestsTable('one request a connection', samples)],
        targets: [againstHaproxy(samples, { what: 'requests/s over HAProxy', atLeast: ofHaproxyAtLeast, whenMissed })],
        notes: [...notes, `${version}. The peers dial when a client comes; twemproxy keeps its one connection.`],
      }
    })
  },
}
