import type { MonitorsEntry } from '../schema/server-section.ts'
import type { MonitorSettings } from '../settings.ts'
import type { Place } from './place.ts'

/** The settings of the monitors. What is wrong with them is told at `place`. */
export function monitorSettings(entry: MonitorsEntry, place: Place): MonitorSettings {
  for (const key of ['eventLoopDelay', 'heap', 'rss', 'fds'] as const) {
    if (entry[key].refuseAt <= entry[key].stopAt) continue
    place.in(key).refuseKey('must refuse before it stops: refuseAt must not exceed stopAt')
  }
  const { eventLoopDelay, heap, rss, fds } = entry
  return { eventLoopDelay, heapBytes: heap, rssBytes: rss, fdRatio: fds }
}
