import type { EndpointsJob } from '../loads/endpoints.ts'
import { oftener, type Row, tabulate, type Target } from '../row.ts'
import { alternate, type Samples, valuesOf } from '../rounds.ts'
import { ratio } from '../statistics.ts'
import { nsPerOperation, printRatio } from './against-peers.ts'

const sizes = {
  full: { few: 3, many: 1_000, turns: 10_000, roundMs: 100 },
  tiny: { few: 2, many: 5, turns: 10, roundMs: 0 },
}
const overPoolAtMost = 1.5
const growthAtMost = 1.3
const whenMissed = {
  few: 'drawing two endpoints and comparing them is about 30 % of the time, the pool less than half; the rest is flat',
  many:
    'a thousand pools without an upstream, one drawn by chance, cost about 4 times one pool: ' +
    'each has its own objects, and a cache of 512 KiB does not hold them',
}

type Label = 'one pool' | 'upstream of 3' | 'upstream of 1,000' | '1,000 pools, one by chance'

/** What choosing an endpoint costs above the pool that lends, and whether that grows with their number. */
export const upstream: Row = {
  name: 'upstream',
  async run(bench) {
    const { few, many, ...shape } = sizes[bench.scale]
    const over = (kind: EndpointsJob['over'], endpoints: number): EndpointsJob => ({
      load: 'endpoints',
      over: kind,
      endpoints,
      callers: 1,
      ...shape,
    })
    const samples = await alternate(
      {
        'one pool': { load: 'acquire-release', subject: 'connpool', callers: 1, connections: 3, ...shape },
        'upstream of 3': over('an upstream', few),
        'upstream of 1,000': over('an upstream', many),
        '1,000 pools, one by chance': over('pools drawn by chance', many),
      },
      oftener(bench),
    )
    return {
      name: this.name,
      title: 'one caller, two-choices over endpoints with 3 idle connections each, plain objects',
      tables: [tabulate('awaiting in a loop', samples, nsPerOperation)],
      targets: [
        {
          ...costTarget(samples, { of: 'upstream of 3', over: 'one pool', atMost: overPoolAtMost }),
          whenMissed: whenMissed.few,
        },
        {
          ...costTarget(samples, { of: 'upstream of 1,000', over: 'one pool', atMost: overPoolAtMost }),
          whenMissed: whenMissed.many,
        },
        {
          ...costTarget(samples, { of: 'upstream of 1,000', over: 'upstream of 3', atMost: growthAtMost }),
          whenMissed: whenMissed.many,
        },
      ],
      notes: ['1,000 pools, one by chance: what an upstream of 1,000 endpoints could cost at the least.'],
    }
  },
}

function costTarget(
  samples: Samples<Label>,
  { of, over, atMost }: { readonly of: Label; readonly over: Label; readonly atMost: number },
): Target {
  const cost = ratio(valuesOf(samples[of], 'nsPerOperation'), valuesOf(samples[over], 'nsPerOperation'))
  const byCpu = ratio(valuesOf(samples[of], 'cpuNsPerOperation'), valuesOf(samples[over], 'cpuNsPerOperation'))
  return {
    what: `cost of ${of} over ${over}`,
    target: `≤ ${atMost} ×`,
    measured: `${printRatio(cost)}; by CPU time ${byCpu.ofMedians.toFixed(2)} ×`,
    isMet: cost.ofMedians <= atMost,
  }
}
