import { oftener, type Row, tabulate } from '../row.ts'
import { alternate } from '../rounds.ts'
import { jobsForAll, nsPerOperation, speedTargets } from './against-peers.ts'

const sizes = {
  full: { turns: 10_000, roundMs: 100 },
  tiny: { turns: 10, roundMs: 0 },
}

const aims = {
  bestRival: 3.5,
  reference: 0.6,
  whenMissed:
    'about 40 % of the time is await and Promise.resolve, which the reference pays too; the rest is flat: ' +
    'making the lease 3 to 4 %, garbage collection 9 to 12 %',
}

/** What the pool itself costs when a connection is free: one caller, who awaits, uses and releases in a loop. */
export const uncontended: Row = {
  name: 'uncontended',
  async run(bench) {
    const samples = await alternate(jobsForAll({ callers: 1, connections: 10, ...sizes[bench.scale] }), oftener(bench))
    return {
      name: this.name,
      title: 'one caller, 10 idle connections, plain objects',
      tables: [tabulate('awaiting in a loop', samples, nsPerOperation)],
      targets: speedTargets('uncontended', samples, aims),
      notes: [
        'The reference is a LIFO array of connections and a FIFO array of resolve functions with a head index: no timers, no safety.',
      ],
    }
  },
}
