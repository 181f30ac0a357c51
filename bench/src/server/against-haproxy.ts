import type { Target } from '../row.ts'
import { type Samples, valuesOf } from '../rounds.ts'
import { printRatio } from '../rows/against-peers.ts'
import { ratio } from '../statistics.ts'

interface Aim {
  readonly what: string
  readonly atLeast: number
  readonly whenMissed: string
}

/** How many times as many requests a second, and for what part of the processor. */
export function againstHaproxy(samples: Samples, { what, atLeast, whenMissed }: Aim): Target {
  const { connpool: own = [], HAProxy: theirs } = samples
  const aim = { what, target: `≥ ${atLeast} ×` }
  if (theirs === undefined) {
    return { ...aim, measured: 'unknown', isMet: false, whenMissed: 'HAProxy is not installed' }
  }
  const speed = ratio(valuesOf(own, 'requestsPerSecond'), valuesOf(theirs, 'requestsPerSecond'))
  const cpu = ratio(valuesOf(own, 'cpuUsPerRequest'), valuesOf(theirs, 'cpuUsPerRequest'))
  const measured = `${printRatio(speed)}; CPU time per request ${cpu.ofMedians.toFixed(1)} × as much`
  return { ...aim, measured, isMet: speed.ofMedians >= atLeast, whenMissed }
}
