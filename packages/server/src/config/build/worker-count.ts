import type { UpstreamSettings } from '../settings.ts'
import type { Place } from './place.ts'

/** How many processes serve. `cores` is what `auto` stands for, unless there are fewer connections to lend. */
export function workerCount(
  given: number | 'auto',
  upstreams: readonly UpstreamSettings[],
  cores: number,
  place: Place,
): number {
  const most = Math.min(...upstreams.map(({ maxSize }) => maxSize))
  if (given === 'auto') return Math.min(cores, most)
  if (given > most) place.refuse(`must not exceed the maxSize of an upstream, ${most}: each worker needs a connection`)
  return given
}
