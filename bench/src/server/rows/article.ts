import { type Row, tabulate, type Target } from '../../row.ts'
import { type OpenLoad, type Samples, takeTurns, valuesOf } from '../../rounds.ts'
import type { Sample } from '../../loads/load.ts'
import { beforeRedis } from '../before-redis.ts'
import { type FrontServerProcess, startFrontServer } from '../processes/front-server.ts'
import { generate } from '../processes/generator.ts'
import { cpuUsOf, rssKiBOf } from '../processes/process-readings.ts'
import type { OpenLoop } from '../processes/open-loop.ts'

const sizes = {
  full: { clients: 50, ratePerSecond: 17_000, warmUpMs: 3_000, measureMs: 30_000, usefulMs: 1_000 },
  tiny: { clients: 2, ratePerSecond: 200, warmUpMs: 20, measureMs: 100, usefulMs: 250 },
}
const mostConnections = 16
const whenMissed =
  'the generator, redis-server and the front server want more than the two processors there are: see the CPU time for each ' +
  'request, of which system calls are the greater part'

/** One line each way; redis takes it as a command typed by hand, so that both protocols can carry it. */
const requests = { redis: '*2\r\n$4\r\nINCR\r\n$5\r\nbench\r\n', lines: 'INCR bench\r\n' } as const

type ProtocolName = keyof typeof requests

/** The figures of the article that the issue quotes, surpassed or not. */
export const article: Row = {
  name: 'article',
  run({ scale }) {
    const title = '17,000 requests/s for 30 s, 50 clients over at most 16 connections, one lease for each request'
    return beforeRedis({ name: this.name, title }, async ({ port, version }) => {
      const load = { ...sizes[scale], accepted: ':', whenBusy: 'wait', pacing: 'bunches' } as const
      const open = (protocol: ProtocolName): OpenLoad => opener(protocol, port, load)
      const samples = await takeTurns({ redis: open('redis'), lines: open('lines') }, 1)
      return {
        tables: [
          tabulate('by protocol', samples, [
            { heading: 'answered a minute', key: 'answeredPerMinute', digits: 0 },
            { heading: 'p50 in ms', key: 'p50Ms', digits: 2 },
            { heading: 'p99 in ms', key: 'p99Ms', digits: 2 },
            { heading: 'RSS in MB', key: 'rssMB', digits: 0 },
            { heading: 'reuse in %', key: 'reusePercent', digits: 3 },
            { heading: 'requests a dial', key: 'requestsPerDial', digits: 0 },
            { heading: 'µs of CPU time per request', key: 'cpuUsPerRequest', digits: 1 },
          ]),
        ],
        targets: targetsOf(samples),
        notes: [
          `${version}. Requests are due in bunches, at every millisecond; latency counts from then, the generator's own lateness included.`,
        ],
      }
    })
  },
}

type Load = Omit<OpenLoop, 'port' | 'request'>

function opener(protocol: ProtocolName, redisPort: number, load: Load): OpenLoad {
  return async () => {
    const server = await startFrontServer(redisPort, { listener: { protocol }, maxSize: mostConnections })
    return {
      round: () => measure(server, { ...load, port: server.port, request: requests[protocol] }),
      end: () => server.stop(),
    }
  }
}

async function measure(server: FrontServerProcess, load: OpenLoop): Promise<Sample> {
  const before = cpuUsOf(server.pid)
  const result = await generate(load)
  const cpuUs = cpuUsOf(server.pid) - before
  const { listeners, upstreams } = await server.stats()
  const served = listeners['bench']?.requests.ok ?? NaN
  const dials = upstreams['backend']?.pool.dials ?? NaN
  return {
    answeredPerMinute: ((result.useful + result.late) * 60_000) / load.measureMs,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssMB: (rssKiBOf(server.pid) * 1_024) / 1e6,
    reusePercent: 100 * (1 - dials / served),
    requestsPerDial: served / dials,
    cpuUsPerRequest: cpuUs / served,
  }
}

function targetsOf(samples: Samples<ProtocolName>): Target[] {
  return [
    target(samples, { what: 'answered a minute', key: 'answeredPerMinute', digits: 0, atLeast: 1_000_000 }),
    target(samples, { what: 'p99', key: 'p99Ms', digits: 2, atMost: 3, unit: 'ms' }),
    target(samples, { what: 'RSS', key: 'rssMB', digits: 0, atMost: 160, unit: 'MB' }),
    target(samples, { what: 'reuse', key: 'reusePercent', digits: 3, atLeast: 99.9, unit: '%' }),
    target(samples, {
      what: 'less churn than a dial per request',
      key: 'requestsPerDial',
      digits: 0,
      atLeast: 1_000,
      unit: '×',
    }),
  ]
}

interface Aim {
  readonly what: string
  readonly key: string
  readonly digits: number
  readonly unit?: string
  readonly atLeast?: number
  readonly atMost?: number
}

/** Both protocols have to reach it. */
function target(samples: Samples<ProtocolName>, { what, key, digits, unit, atLeast, atMost }: Aim): Target {
  const print = (value: number, most = digits): string =>
    [value.toLocaleString('en', { maximumFractionDigits: most }), unit].filter((part) => part !== undefined).join(' ')
  const values = Object.entries(samples).map(([protocol, ofOne]) => ({
    protocol,
    value: valuesOf(ofOne, key)[0] ?? NaN,
  }))
  return {
    what,
    target: atLeast === undefined ? `≤ ${print(atMost ?? NaN)}` : `≥ ${print(atLeast)}`,
    measured: values.map(({ protocol, value }) => `${protocol} ${print(value)}`).join(', '),
    isMet: values.every(({ value }) => value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)),
    whenMissed,
  }
}
