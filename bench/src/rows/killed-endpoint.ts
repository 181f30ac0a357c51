import { type Row, tabulate } from '../row.ts'
import { alternate, valuesOf, type Samples } from '../rounds.ts'
import type { Sample } from '../loads/load.ts'
import { median } from '../statistics.ts'

const sizes = {
  full: { servers: 5, answerMs: 1, callers: 20, thinkMs: 4, periodMs: 1_000 },
  tiny: { servers: 2, answerMs: 1, callers: 4, thinkMs: 1, periodMs: 100 },
}
const mostRounds = 5

/** What callers notice when one of the endpoints dies under them. */
export const killedEndpoint: Row = {
  name: 'killed-endpoint',
  async run(bench) {
    const { kill } = await alternate(
      { kill: { load: 'killed-endpoint', ...sizes[bench.scale] } },
      // A few are enough: each lasts four seconds, and what counts is whether anything fails at all.
      { ...bench, rounds: Math.min(bench.rounds, mostRounds) },
    )
    const refused = sum(valuesOf(kill, 'refused'))
    const calls = sum(valuesOf(kill, 'calls'))
    return {
      name: this.name,
      title: '20 callers, two-choices over 5 servers on loopback that answer after 1 ms; the process of one is killed',
      tables: [
        tabulate('latency of use() in ms, of calls that were answered', byPeriod(kill), [
          { heading: 'p50', key: 'p50Ms', digits: 2 },
          { heading: 'p99', key: 'p99Ms', digits: 2 },
          { heading: 'max', key: 'maxMs', digits: 1 },
        ]),
        tabulate('calls in a round', { all: kill }, [
          { heading: 'calls', key: 'calls', digits: 0 },
          { heading: 'failed before a byte was written', key: 'refused', digits: 0 },
          { heading: 'failed while under way', key: 'interrupted', digits: 0 },
        ]),
      ],
      targets: [
        {
          what: 'use() that failed before a byte was written, all rounds',
          target: '0',
          measured: `${refused} of ${calls.toLocaleString('en')}`,
          isMet: refused === 0,
        },
      ],
      notes: [
        `The first second's extra latency: ${extraMs(kill, 'p50Ms')} ms at p50, ${extraMs(kill, 'p99Ms')} ms at p99, ${extraMs(kill, 'maxMs')} ms at most.`,
        'A request that had been written when its server died is not repeated: nobody knows what became of it.',
      ],
    }
  },
}

const periods = { 'the second before': 'before', 'the first second after': 'first', 'the second after that': 'later' }
const keys = ['p50Ms', 'p99Ms', 'maxMs'] as const

/** A line for each period, where a round is a sample of all three. */
function byPeriod(samples: readonly Sample[]): Samples {
  const lines = Object.entries(periods).map(([label, period]) => [
    label,
    samples.map((sample) => Object.fromEntries(keys.map((key) => [key, sample[`${period} ${key}`] ?? NaN]))),
  ])
  return Object.fromEntries(lines) as Samples
}

/** How much more the first second has than the one before, in the median of the rounds. */
function extraMs(samples: readonly Sample[], key: (typeof keys)[number]): string {
  const middle = (period: string): number => median(valuesOf(samples, `${period} ${key}`))
  return (middle('first') - middle('before')).toFixed(2)
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
