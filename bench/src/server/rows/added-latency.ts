import { type Row, tabulate, type Target } from '../../row.ts'
import { type Samples, takeTurns, valuesOf } from '../../rounds.ts'
import { median } from '../../statistics.ts'
import { beforeRedis } from '../before-redis.ts'
import { directAndOver, type DoRound } from '../over-proxy.ts'
import { generate } from '../processes/generator.ts'
import { ours, presentOf, relays } from '../subjects.ts'

const sizes = {
  full: { clients: 10, ratePerSecond: 1_000, warmUpMs: 500, measureMs: 5_000, usefulMs: 1_000 },
  tiny: { clients: 2, ratePerSecond: 500, warmUpMs: 10, measureMs: 50, usefulMs: 250 },
}
/** Of five seconds each: twenty for every subject. */
const mostRounds = 4
const p50AtMostMs = 0.15
const p99AtMostMs = 1
const whenMissed =
  'two more system calls and one more process to wake each way; HAProxy beside it pays the same, and the rest of the ' +
  "difference is Node's event loop"

/** What a request waits longer for because somebody is in between, when nothing is busy. */
export const addedLatency: Row = {
  name: 'added-latency',
  run({ scale, rounds }) {
    const title = '1,000 requests/s on 10 connections by an open-loop generator that spins, protocol `tcp`'
    return beforeRedis({ name: this.name, title }, async ({ port, version }) => {
      const { proxies, notes } = await presentOf([...ours().slice(0, 1), ...relays])
      const size = sizes[scale]
      const load = {
        ...size,
        request: 'INCR bench\r\n',
        accepted: ':',
        whenBusy: 'wait',
        pacing: 'spin',
      } as const
      const doRound: DoRound = async (to) => {
        const result = await generate({ ...load, port: to })
        return { requests: result.sent, sample: { ...result } }
      }
      const openers = directAndOver(proxies, { port, clients: size.clients }, doRound)
      const samples = await takeTurns(openers, Math.min(rounds, mostRounds))
      return {
        tables: [
          tabulate('latency in ms, from when a request was due', samples, [
            { heading: 'p50', key: 'p50Ms', digits: 3 },
            { heading: 'p99', key: 'p99Ms', digits: 3 },
            { heading: 'p99.9', key: 'p999Ms', digits: 3 },
            { heading: 'µs of CPU time per request', key: 'cpuUsPerRequest', digits: 1 },
          ]),
        ],
        targets: [added(samples, 'p50', p50AtMostMs), added(samples, 'p99', p99AtMostMs)],
        notes: [
          ...notes,
          `${version}. The generator keeps a processor busy so as to be on time; proxy and backend share what is left.`,
        ],
      }
    })
  },
}

function added(samples: Samples, which: 'p50' | 'p99', atMostMs: number): Target {
  const over = (name: string): number =>
    median(valuesOf(samples[name] ?? [], `${which}Ms`)) - median(valuesOf(samples['direct'] ?? [], `${which}Ms`))
  const beside = samples['HAProxy'] === undefined ? '' : ` (HAProxy ${over('HAProxy').toFixed(3)} ms)`
  return {
    what: `added at ${which}`,
    target: `≤ ${atMostMs} ms`,
    measured: `${over('connpool').toFixed(3)} ms${beside}`,
    isMet: over('connpool') <= atMostMs,
    whenMissed,
  }
}
