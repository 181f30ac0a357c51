import type { AcquireReleaseJob } from '../loads/acquire-release.ts'
import { oftener, type Row, tabulate, type Target } from '../row.ts'
import { alternate, type Samples, valuesOf } from '../rounds.ts'
import { type Ratio, ratio } from '../statistics.ts'
import { nsPerOperation } from './against-peers.ts'

const sizes = {
  full: {
    uncontended: { callers: 1, connections: 10, turns: 10_000, roundMs: 100 },
    contended: { callers: 1_000, connections: 10, turns: 10, roundMs: 100 },
  },
  tiny: {
    uncontended: { callers: 1, connections: 2, turns: 10, roundMs: 0 },
    contended: { callers: 10, connections: 2, turns: 2, roundMs: 0 },
  },
}
const atMostPercent = 15

/** What a deadline costs that never comes. */
export const timeout: Row = {
  name: 'timeout',
  async run(bench) {
    const { uncontended, contended } = sizes[bench.scale]
    const free = await alternate(withAndWithout(uncontended), oftener(bench))
    const queued = await alternate(withAndWithout(contended), oftener(bench))
    return {
      name: this.name,
      title: 'a timeout armed on every acquire',
      tables: [
        tabulate('one caller on 10 connections', free, nsPerOperation),
        tabulate('1,000 callers on 10 connections, 10 times each', queued, nsPerOperation),
      ],
      targets: [slowdownTarget('uncontended', free), slowdownTarget('contended', queued)],
      notes: ['In all other rows acquires are called without options and have the default timeout of 10 s.'],
    }
  },
}

type Label = 'timeoutMs: 1000' | 'timeoutMs: Infinity'

function withAndWithout(shape: Omit<AcquireReleaseJob, 'load' | 'subject'>): Record<Label, AcquireReleaseJob> {
  return {
    'timeoutMs: 1000': { load: 'acquire-release', subject: 'connpool', ...shape, timeoutMs: 1000 },
    'timeoutMs: Infinity': { load: 'acquire-release', subject: 'connpool', ...shape, timeoutMs: Infinity },
  }
}

function slowdownTarget(where: string, samples: Samples<Label>): Target {
  const armedOverBare = (key: string): Ratio =>
    ratio(valuesOf(samples['timeoutMs: 1000'], key), valuesOf(samples['timeoutMs: Infinity'], key))
  const { ofMedians, min, max } = armedOverBare('nsPerOperation')
  const byCpu = armedOverBare('cpuNsPerOperation').ofMedians
  const percent = (factor: number): string => `${((factor - 1) * 100).toFixed(0)} %`
  return {
    what: `${where}: slower with a timeout by`,
    target: `≤ ${atMostPercent} %`,
    measured: `${percent(ofMedians)} (${percent(min)}–${percent(max)}); by CPU time ${percent(byCpu)}`,
    isMet: (ofMedians - 1) * 100 <= atMostPercent,
  }
}
