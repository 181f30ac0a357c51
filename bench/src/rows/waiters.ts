import { oftener, type Row, tabulate } from '../row.ts'
import { alternate } from '../rounds.ts'
import { jobsForAll, nsPerOperation, speedTargets } from './against-peers.ts'

const sizes = {
  full: { callers: 5_000, connections: 10, roundMs: 100 },
  tiny: { callers: 20, connections: 2, roundMs: 0 },
}
const aims = {
  bestRival: 3.5,
  reference: 0.65,
  whenMissed:
    'garbage collection of waiter, promise and lease, 30 to 40 % while the queue stays long; ' +
    'the reference allocates a closure and a promise',
}

/** What the queue costs. Asking once, it fills and empties; asking 10 times, it stays near 5,000 long. */
export const waiters: Row = {
  name: 'waiters',
  async run(bench) {
    const once = await alternate(jobsForAll({ ...sizes[bench.scale], turns: 1 }), oftener(bench))
    const again = await alternate(jobsForAll({ ...sizes[bench.scale], turns: 10 }), oftener(bench))
    return {
      name: this.name,
      title: '5,000 callers at once on 10 connections, plain objects',
      tables: [tabulate('each asks once', once, nsPerOperation), tabulate('each asks 10 times', again, nsPerOperation)],
      targets: [...speedTargets('asking once', once, aims), ...speedTargets('asking 10 times', again, aims)],
      notes: [],
    }
  },
}
