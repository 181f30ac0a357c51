import type { AcquireReleaseJob } from '../loads/acquire-release.ts'
import { type Row, tabulate, type Target } from '../row.ts'
import { alternate, type Samples, valuesOf } from '../rounds.ts'
import { median } from '../statistics.ts'
import type { SubjectName } from '../subjects/subjects.ts'
import { nsPerOperation } from './against-peers.ts'

const sizes = {
  full: {
    many: { callers: 100_000, connections: 1_000, roundMs: 100 },
    few: { callers: 100, connections: 10, roundMs: 100 },
  },
  tiny: {
    many: { callers: 100, connections: 10, roundMs: 0 },
    few: { callers: 10, connections: 2, roundMs: 0 },
  },
}
const atMost = 2

/** Whether cost grows with the queue. Memory makes 100,000 of anything slower, so the reference says how much is due. */
export const manyWaiters: Row = {
  name: 'many-waiters',
  async run(bench) {
    const { many, few } = sizes[bench.scale]
    const at = (turns: number): Promise<Samples<Label>> =>
      alternate(
        {
          'connpool, 100,000 on 1,000': jobFor('connpool', { ...many, turns }),
          'reference, 100,000 on 1,000': jobFor('reference', { ...many, turns }),
          'connpool, 100 on 10': jobFor('connpool', { ...few, turns }),
          'reference, 100 on 10': jobFor('reference', { ...few, turns }),
        },
        bench,
      )
    const once = await at(1)
    const again = await at(3)
    return {
      name: this.name,
      title: '100,000 callers on 1,000 connections against 100 callers on 10',
      tables: [tabulate('each asks once', once, nsPerOperation), tabulate('each asks 3 times', again, nsPerOperation)],
      targets: [growthTarget('asking once', once), growthTarget('asking 3 times', again)],
      notes: [],
    }
  },
}

type Label = `${'connpool' | 'reference'}, ${'100,000 on 1,000' | '100 on 10'}`

function jobFor(
  subject: SubjectName,
  shape: Pick<AcquireReleaseJob, 'callers' | 'connections' | 'turns' | 'roundMs'>,
): AcquireReleaseJob {
  return { load: 'acquire-release', subject, ...shape }
}

function growthTarget(where: string, samples: Samples<Label>): Target {
  const cost = (label: Label, key: string): number => median(valuesOf(samples[label], key))
  const many = (key: string): number =>
    cost('connpool, 100,000 on 1,000', key) / cost('reference, 100,000 on 1,000', key)
  const few = (key: string): number => cost('connpool, 100 on 10', key) / cost('reference, 100 on 10', key)
  const growth = many('nsPerOperation') / few('nsPerOperation')
  const byCpu = many('cpuNsPerOperation') / few('cpuNsPerOperation')
  return {
    what: `${where}: cost relative to the reference, many over few`,
    target: `≤ ${atMost} ×`,
    measured: `${growth.toFixed(2)} ×; by CPU time ${byCpu.toFixed(2)} ×`,
    isMet: growth <= atMost,
  }
}
