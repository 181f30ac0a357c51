import type { SpikeJob } from '../loads/spike.ts'
import { type Row, tabulate } from '../row.ts'
import { alternate, valuesOf } from '../rounds.ts'
import { median } from '../statistics.ts'
import type { SubjectName } from '../subjects/subjects.ts'

const sizes = {
  full: { warm: 5, dialMs: 150, holdMs: 2, callers: 50 },
  tiny: { warm: 2, dialMs: 5, holdMs: 1, callers: 4 },
}
const totalAtMostMs = 25
const surplusAtMost = 2

/** Whether a pool dials for callers whom the connections it has would serve sooner. */
export const spike: Row = {
  name: 'spike',
  async run(bench) {
    const jobFor = (subject: SubjectName): SpikeJob => ({ load: 'spike', subject, ...sizes[bench.scale] })
    const samples = await alternate(
      {
        connpool: jobFor('connpool'),
        'generic-pool': jobFor('generic-pool'),
        tarn: jobFor('tarn'),
        'lightning-pool': jobFor('lightning-pool'),
        'pg-pool': jobFor('pg-pool'),
      },
      bench,
    )
    const totalMs = median(valuesOf(samples.connpool, 'totalMs'))
    const surplus = Math.max(...valuesOf(samples.connpool, 'surplus'))
    return {
      name: this.name,
      title: '5 warm connections, dials of 150 ms, 50 callers at once who hold for 2 ms, maxSize 50',
      tables: [
        tabulate('ms, and connections opened beyond the 5', samples, [
          { heading: 'all served', key: 'totalMs', digits: 1 },
          { heading: 'median wait', key: 'p50WaitMs', digits: 1 },
          { heading: 'longest wait', key: 'maxWaitMs', digits: 1 },
          { heading: 'surplus', key: 'surplus', digits: 0 },
        ]),
      ],
      targets: [
        {
          what: 'all served',
          target: `≤ ${totalAtMostMs} ms`,
          measured: `${totalMs.toFixed(1)} ms`,
          isMet: totalMs <= totalAtMostMs,
        },
        {
          what: 'surplus, worst round',
          target: `≤ ${surplusAtMost}`,
          measured: `${surplus}`,
          isMet: surplus <= surplusAtMost,
        },
      ],
      notes: [
        '5 connections that serve 50 callers for 2 ms each need 20 ms, and a millisecond or two for 10 turns of timers.',
      ],
    }
  },
}
