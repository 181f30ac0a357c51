import type { StarveJob } from '../loads/starve.ts'
import { type Row, tabulate } from '../row.ts'
import { inParallel, valuesOf } from '../rounds.ts'
import { median } from '../statistics.ts'
import type { SubjectName } from '../subjects/subjects.ts'

const sizes = {
  full: { callers: 20, dialMs: 1000 },
  tiny: { callers: 4, dialMs: 10 },
}
const atMostMs = 4_200

/** The spike's opposite: nobody gives back, so that waiting for a release is waiting for ever. */
export const starve: Row = {
  name: 'starve',
  async run(bench) {
    const jobFor = (subject: SubjectName): StarveJob => ({ load: 'starve', subject, ...sizes[bench.scale] })
    const samples = await inParallel(
      {
        connpool: jobFor('connpool'),
        'generic-pool': jobFor('generic-pool'),
        tarn: jobFor('tarn'),
        'lightning-pool': jobFor('lightning-pool'),
        'pg-pool': jobFor('pg-pool'),
      },
      bench,
    )
    const lastServedMs = median(valuesOf(samples.connpool, 'lastServedMs'))
    return {
      name: this.name,
      title: '20 callers who never let go, dials of 1 s, maxSize 20, nothing warm',
      tables: [tabulate('ms', samples, [{ heading: 'the last one served', key: 'lastServedMs', digits: 0 }])],
      targets: [
        {
          what: 'the last one served',
          target: `≤ ${atMostMs} ms`,
          measured: `${lastServedMs.toFixed(0)} ms`,
          isMet: lastServedMs <= atMostMs,
        },
      ],
      notes: [
        'The peers dial for every caller at once, which is best here and worst in the spike. All subjects run at the same time: they only wait.',
      ],
    }
  },
}
