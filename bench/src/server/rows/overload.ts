import type { Sample } from '../../loads/load.ts'
import { killAll, startAnswerServers } from '../../answer-servers.ts'
import { type Row, tabulate, type Target } from '../../row.ts'
import { type OpenLoad, type Samples, takeTurns, valuesOf } from '../../rounds.ts'
import { median } from '../../statistics.ts'
import { noProc, skipped } from '../before-redis.ts'
import { startFrontServer } from '../processes/front-server.ts'
import { generate } from '../processes/generator.ts'
import { canRead, cpuUsOf } from '../processes/process-readings.ts'

const sizes = {
  full: { connections: 10, serviceMs: 10, clients: 2_000, warmUpMs: 2_000, measureMs: 5_000 },
  tiny: { connections: 2, serviceMs: 10, clients: 10, warmUpMs: 100, measureMs: 500 },
}
const usefulMs = 250
const mostRounds = 3
const whenMissed =
  'CPU time: to take in and refuse a request costs a part of what it costs to serve one, and at 10 × there are nine to refuse'

/** What is asked, in parts of what the backend can do. */
type Level = '1 ×' | '2 ×' | '10 ×'

/** Whether those who are served are served in time, when there are more than can be. */
export const overload: Row = {
  name: 'overload',
  async run({ scale, rounds }) {
    const { connections, serviceMs } = sizes[scale]
    const capacity = (connections * 1e3) / serviceMs
    const title = `protocol \`lines\` over ${connections} connections that take ${serviceMs} ms for a request: ${capacity} requests/s at most`
    if (!canRead()) return skipped({ name: this.name, title }, noProc)
    const at = (times: number): OpenLoad => opener(times * capacity, sizes[scale])
    const openers = { '1 ×': at(1), '2 ×': at(2), '10 ×': at(10) }
    const samples = await takeTurns(openers, Math.min(rounds, mostRounds))
    return {
      name: this.name,
      title,
      tables: [
        tabulate('by requests a second, in parts of what the backend can do', samples, [
          { heading: `answered within ${usefulMs} ms, a second`, key: 'usefulPerSecond', digits: 0 },
          { heading: 'later', key: 'latePerSecond', digits: 0 },
          { heading: 'refused', key: 'refusedPerSecond', digits: 0 },
          { heading: 'not even sent', key: 'lostPerSecond', digits: 0 },
          { heading: 'p50 in ms', key: 'p50Ms', digits: 1 },
          { heading: 'p99 in ms', key: 'p99Ms', digits: 1 },
          { heading: 'processor in %', key: 'cpuPercent', digits: 0 },
        ]),
      ],
      targets: [target(samples, '2 ×', 0.95), target(samples, '10 ×', 0.9)],
      notes: [
        'The most is that of the best level. Latency is that of requests that were not refused, from when they were due.',
      ],
    }
  },
}

type Size = (typeof sizes)['full']

/** A server and a backend for every level, so that none starts with what another has left. */
function opener(ratePerSecond: number, size: Size): OpenLoad {
  return async () => {
    const backends = await startAnswerServers([size.serviceMs])
    const stopBackends = (): Promise<void> => killAll(backends)
    try {
      const listener = { protocol: 'lines', maxClients: size.clients + 100 } as const
      const server = await startFrontServer(backends[0]?.port ?? NaN, {
        listener,
        maxSize: size.connections,
        refusesWhenLate: false,
      })
      return {
        round: () => measure(server, ratePerSecond, size),
        async end() {
          await server.stop()
          await stopBackends()
        },
      }
    } catch (error) {
      await stopBackends()
      throw error
    }
  }
}

async function measure(
  { port, pid }: { readonly port: number; readonly pid: number },
  ratePerSecond: number,
  { clients, warmUpMs, measureMs }: Size,
): Promise<Sample> {
  const before = { cpuUs: cpuUsOf(pid), at: performance.now() }
  const load = {
    clients,
    warmUpMs,
    measureMs,
    ratePerSecond,
    usefulMs,
    whenBusy: 'give up',
    pacing: 'bunches',
  } as const
  const result = await generate({ ...load, port, request: 'ask\n', accepted: 'ask' })
  const perSecond = (count: number): number => (count * 1e3) / measureMs
  return {
    usefulPerSecond: perSecond(result.useful),
    latePerSecond: perSecond(result.late),
    refusedPerSecond: perSecond(result.refused),
    lostPerSecond: perSecond(result.lost),
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuPercent: (cpuUsOf(pid) - before.cpuUs) / 10 / (performance.now() - before.at),
  }
}

function target(samples: Samples<Level>, level: Level, atLeast: number): Target {
  const useful = (of: Level): number => median(valuesOf(samples[of], 'usefulPerSecond'))
  const most = Math.max(useful('1 ×'), useful('2 ×'), useful('10 ×'))
  const part = useful(level) / most
  return {
    what: `answered in time at ${level} of what the backend can do, of the most`,
    target: `≥ ${atLeast * 100} %`,
    measured: `${(part * 100).toFixed(1)} % of ${most.toFixed(0)}/s`,
    isMet: part >= atLeast,
    whenMissed,
  }
}
