import type { Column, Table } from '../../row.ts'
import { tabulate } from '../../row.ts'
import { type Samples, takeTurns } from '../../rounds.ts'
import { directAndOver, type DoRound } from '../over-proxy.ts'
import type { Proxy } from '../processes/proxy.ts'
import { redisBenchmark, type RedisBenchmark } from '../processes/redis-benchmark.ts'

interface Run {
  readonly redisPort: number
  readonly proxies: readonly Proxy[]
  readonly rounds: number
  readonly load: RedisBenchmark
}

/** redis-benchmark, against redis itself and through every proxy, in turns. */
export function byRedisBenchmark({ redisPort, proxies, rounds, load }: Run): Promise<Samples> {
  const doRound: DoRound = async (port) => ({
    requests: load.requests,
    sample: { ...(await redisBenchmark(port, load)) },
  })
  return takeTurns(directAndOver(proxies, { port: redisPort, clients: load.clients }, doRound), rounds)
}

const columns: readonly Column[] = [
  { heading: 'requests/s', key: 'requestsPerSecond', digits: 0 },
  { heading: 'µs of CPU time per request', key: 'cpuUsPerRequest', digits: 1 },
  { heading: 'p50 in ms', key: 'p50Ms', digits: 2 },
  { heading: 'p99 in ms', key: 'p99Ms', digits: 2 },
]

export function requestsTable(title: string, samples: Samples): Table {
  return tabulate(title, samples, columns)
}
