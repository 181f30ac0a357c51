import { availableParallelism } from 'node:os'

import { ConfigError } from '../config-error.ts'
import { isMapping } from '../kinds/is-mapping.ts'
import { Problems } from '../problems.ts'
import { SERVER, type ServerEntry } from '../schema/server-section.ts'
import type { ServerSettings } from '../settings.ts'
import type { GivenConfig } from '../source/given-config.ts'
import { adminSettings } from './admin-settings.ts'
import { checkNames } from './check-names.ts'
import { checkDispatch } from './check-dispatch.ts'
import { monitorSettings } from './monitor-settings.ts'
import { Place } from './place.ts'
import { type ReadListener, readListeners } from './read-listeners.ts'
import { type ReadUpstreams, readUpstreams } from './read-upstreams.ts'
import { workerCount } from './worker-count.ts'

/**
 * What a configuration says, checked as a whole.
 *
 * @throws ConfigError with all that is wrong with it.
 */
export function serverSettings(source: GivenConfig): ServerSettings {
  const problems = new Problems(source)
  const settings = settingsFrom(source, problems)
  if (settings === undefined || problems.found.length > 0) throw new ConfigError(problems.found)
  return settings
}

function settingsFrom({ root, directory }: GivenConfig, problems: Problems): ServerSettings | undefined {
  const server = problems.read(SERVER, root, [])
  if (!isMapping(root)) return undefined
  const place = new Place(problems, [], directory)
  const upstreams = readUpstreams(root['upstreams'], problems, place)
  const listeners = readListeners(root['listeners'], problems, place)
  checkNames(listeners, upstreams)
  return server === undefined ? undefined : together(server, listeners, upstreams, place)
}

function together(
  server: ServerEntry,
  listeners: readonly ReadListener[],
  upstreams: ReadUpstreams,
  place: Place,
): ServerSettings {
  checkDispatch(server, listeners)
  return {
    listeners: listeners.map(({ settings }) => settings),
    upstreams: upstreams.settings,
    workers: workerCount(server.workers, upstreams.settings, availableParallelism(), place.in('workers')),
    dispatch: server.dispatch,
    admin: adminSettings(server.admin, place.in('admin')),
    drainTimeoutMs: server.drainTimeout,
    monitors: monitorSettings(server.monitors, place.in('monitors')),
    log: { level: server.log.level, accessRatio: server.log.access },
  }
}
