import type { Row } from '../../row.ts'
import { againstHaproxy } from '../against-haproxy.ts'
import { beforeRedis } from '../before-redis.ts'
import { ours, peers, presentOf } from '../subjects.ts'
import { byRedisBenchmark, requestsTable } from './by-redis-benchmark.ts'

const sizes = {
  full: { few: { clients: 50, requests: 100_000 }, many: { clients: 1_000, requests: 100_000 } },
  tiny: { few: { clients: 2, requests: 1_000 }, many: { clients: 5, requests: 1_000 } },
}
const ofHaproxyAtLeast = 1
const whenMissed =
  'CPU time: a third more than HAProxy. The four system calls are the same; 8 to 12 µs a request are ' +
  "Node's event loop and its way into JavaScript and back"

/** What passing bytes on costs, where a connection is kept. */
export const throughput: Row = {
  name: 'throughput',
  run({ scale, rounds }) {
    const title = 'GET by redis-benchmark, connections kept, protocol `tcp`'
    return beforeRedis({ name: this.name, title }, async ({ port, version }) => {
      const { proxies, notes } = await presentOf([...ours(), ...peers])
      const { few, many } = sizes[scale]
      const run = { redisPort: port, proxies, rounds }
      const ofFew = await byRedisBenchmark({ ...run, load: { ...few, connections: 'kept' } })
      const ofMany = await byRedisBenchmark({ ...run, load: { ...many, connections: 'kept' } })
      const aim = { atLeast: ofHaproxyAtLeast, whenMissed }
      return {
        tables: [requestsTable('50 clients', ofFew), requestsTable('1,000 clients', ofMany)],
        targets: [
          againstHaproxy(ofFew, { what: '50 clients: requests/s over HAProxy', ...aim }),
          againstHaproxy(ofMany, { what: '1,000 clients: requests/s over HAProxy', ...aim }),
        ],
        notes: [...notes, `${version}. CPU time is that of the proxy alone, all of its processes together.`],
      }
    })
  },
}
