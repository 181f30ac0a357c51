import type { PingJob } from '../loads/ping.ts'
import { startRedis } from '../redis-server.ts'
import { type Bench, oftener, type Row, tabulate } from '../row.ts'
import { alternate, type Samples, valuesOf } from '../rounds.ts'
import { type Ratio, ratio } from '../statistics.ts'
import { printRatio } from './against-peers.ts'

const sizes = {
  full: { callers: 20, roundMs: 150 },
  tiny: { callers: 2, roundMs: 1 },
}
const ofRawAtLeast = 0.95
const overDialsAtLeast = 4
const whenMissed =
  'nearly all of the profile is the write system call and waiting for redis, no function of the pool has 2 %; what ' +
  'remains is how often redis-server goes to sleep between requests, which varies by half from round to round'
const title = 'PING to a real redis-server over loopback TCP, 20 callers, 20 connections'

/** Whether any of it matters on a real socket. */
export const redis: Row = {
  name: 'redis',
  async run(bench) {
    const server = await startRedis()
    if (server === undefined) {
      return { name: this.name, title, tables: [], targets: [], notes: [], skipped: 'redis-server is not installed' }
    }
    try {
      const samples = await measure(bench, server.port)
      const ofRaw = throughput(samples, 'raw sockets')
      const overDials = throughput(samples, 'dial per request')
      return {
        name: this.name,
        title,
        tables: [
          tabulate('requests per second', samples, [
            { heading: 'requests/s', key: 'requestsPerSecond', digits: 0 },
            { heading: 'µs of CPU time per request', key: 'cpuUsPerRequest', digits: 1 },
          ]),
        ],
        targets: [
          {
            what: 'requests/s over hand-kept raw sockets',
            target: `≥ ${ofRawAtLeast} ×`,
            measured: printRatio(ofRaw),
            isMet: ofRaw.ofMedians >= ofRawAtLeast,
            whenMissed,
          },
          {
            what: 'requests/s over a dial per request',
            target: `≥ ${overDialsAtLeast} ×`,
            measured: printRatio(overDials),
            isMet: overDials.ofMedians >= overDialsAtLeast,
          },
        ],
        notes: [
          `${server.version}, one process on a core of its own as far as the machine has two.`,
          'connpool runs with its watch on idle sockets; the peers know nothing of sockets and watch nothing.',
        ],
      }
    } finally {
      await server.stop()
    }
  },
}

function measure(bench: Bench, port: number): Promise<Samples<PingJob['over']>> {
  const jobFor = (over: PingJob['over']): PingJob => ({ load: 'ping', over, port, ...sizes[bench.scale] })
  return alternate(
    {
      connpool: jobFor('connpool'),
      'raw sockets': jobFor('raw sockets'),
      'dial per request': jobFor('dial per request'),
      'generic-pool': jobFor('generic-pool'),
      tarn: jobFor('tarn'),
      'lightning-pool': jobFor('lightning-pool'),
      reference: jobFor('reference'),
    },
    oftener(bench),
  )
}

function throughput(samples: Samples<PingJob['over']>, over: PingJob['over']): Ratio {
  return ratio(valuesOf(samples.connpool, 'requestsPerSecond'), valuesOf(samples[over], 'requestsPerSecond'))
}
