import { medianAndRange, oftener, type Row, tabulate } from '../row.ts'
import { alternate, valuesOf } from '../rounds.ts'
import { median, ratio } from '../statistics.ts'
import { printRatio } from './against-peers.ts'

const sizes = {
  full: { fewer: 10_000, more: 100_000 },
  tiny: { fewer: 10, more: 100 },
}
const atMostUs = 2
/** Caches and collections make ten times as much of anything a little dearer; a quadratic cost would show as 10. */
const linearUpTo = 1.5

/** What one signal costs that a hundred thousand waiters share. */
export const cancel: Row = {
  name: 'cancel',
  async run(bench) {
    const { fewer, more } = sizes[bench.scale]
    const samples = await alternate(
      { '10,000 waiters': { load: 'cancel', waiters: fewer }, '100,000 waiters': { load: 'cancel', waiters: more } },
      oftener(bench),
    )
    const perWaiter = valuesOf(samples['100,000 waiters'], 'totalUsPerWaiter')
    const perWaiterByCpu = median(valuesOf(samples['100,000 waiters'], 'totalCpuUsPerWaiter'))
    const growth = ratio(perWaiter, valuesOf(samples['10,000 waiters'], 'totalUsPerWaiter'))
    return {
      name: this.name,
      title: 'waiters cancelled by one AbortSignal that they share',
      tables: [
        tabulate('µs per waiter', samples, [
          { heading: 'to queue it', key: 'queueUsPerWaiter', digits: 2 },
          { heading: 'inside abort()', key: 'abortUsPerWaiter', digits: 2 },
          { heading: 'abort() until the last has rejected', key: 'totalUsPerWaiter', digits: 2 },
          { heading: 'the same in CPU time', key: 'totalCpuUsPerWaiter', digits: 2 },
        ]),
      ],
      targets: [
        {
          what: 'each of 100,000, abort() until the last has rejected',
          target: `≤ ${atMostUs} µs`,
          measured: `${medianAndRange(perWaiter, 2)} µs; CPU time ${perWaiterByCpu.toFixed(2)} µs`,
          isMet: median(perWaiter) <= atMostUs,
        },
        {
          what: 'linear: each of 100,000 over each of 10,000',
          target: `≤ ${linearUpTo} ×`,
          measured: printRatio(growth),
          isMet: growth.ofMedians <= linearUpTo,
        },
      ],
      notes: [],
    }
  },
}
