import { killAll, startAnswerServers } from '../answer-servers.ts'
import type { SlowEndpointJob } from '../loads/slow-endpoint.ts'
import { type Bench, type Row, tabulate } from '../row.ts'
import { alternate, type Samples, valuesOf } from '../rounds.ts'
import { ratio } from '../statistics.ts'
import { printRatio } from './against-peers.ts'

const sizes = {
  full: { quick: 4, quickMs: 1, slowMs: 10, callers: 10, roundMs: 800 },
  tiny: { quick: 1, quickMs: 1, slowMs: 3, callers: 2, roundMs: 30 },
}
const atMost = 0.5

/** Whether one slow endpoint makes all of them slow. */
export const slowEndpoint: Row = {
  name: 'slow-endpoint',
  async run(bench) {
    const samples = await measure(bench)
    const p99 = ratio(valuesOf(samples['two-choices'], 'p99Ms'), valuesOf(samples['round-robin'], 'p99Ms'))
    return {
      name: this.name,
      title: '10 callers, 5 servers over loopback TCP: four answer after 1 ms, one after 10 ms',
      tables: [
        tabulate('use() with one request and its answer', samples, [
          { heading: 'p50, ms', key: 'p50Ms', digits: 2 },
          { heading: 'p99, ms', key: 'p99Ms', digits: 2 },
          { heading: 'calls/s', key: 'callsPerSecond', digits: 0 },
          { heading: '% to the slow one', key: 'slowPercent', digits: 2 },
        ]),
      ],
      targets: [
        {
          what: 'p99 of two-choices over that of round-robin',
          target: `≤ ${atMost} ×`,
          measured: printRatio(p99),
          isMet: p99.ofMedians <= atMost,
          whenMissed:
            'where processes wait for a core all endpoints are slow, and the mean latencies differ less than 6 times: ' +
            'more than one call in a hundred goes to the slow one then',
        },
      ],
      notes: [
        'Each server is a process of its own. The slow one shows in the 99th percentile if it gets one call in 100.',
      ],
    }
  },
}

async function measure(bench: Bench): Promise<Samples<SlowEndpointJob['balance']>> {
  const { quick, quickMs, slowMs, callers, roundMs } = sizes[bench.scale]
  const servers = await startAnswerServers([slowMs, ...new Array<number>(quick).fill(quickMs)])
  try {
    const ports = servers.map(({ port }) => port)
    const jobFor = (balance: SlowEndpointJob['balance']): SlowEndpointJob => ({
      load: 'slow-endpoint',
      balance,
      ports,
      slowPort: ports[0] ?? NaN,
      callers,
      roundMs,
    })
    return await alternate({ 'two-choices': jobFor('two-choices'), 'round-robin': jobFor('round-robin') }, bench)
  } finally {
    await killAll(servers)
  }
}
