import { isDeepStrictEqual } from 'node:util'

import type { AdminSettings, ServerSettings } from '../settings.ts'
import type { ConfigDiff, RestartKey } from './config-diff.ts'
import { diffListeners } from './diff-listeners.ts'
import { diffUpstreams } from './diff-upstreams.ts'

/** What has to be done to go from one configuration to another. */
export function diffConfig(before: ServerSettings, after: ServerSettings): ConfigDiff {
  return {
    listeners: diffListeners(before.listeners, after.listeners),
    upstreams: diffUpstreams(before, after),
    needRestart: restartKeys(before, after),
    changedKeys: changedKeys(before, after),
  }
}

function restartKeys(before: ServerSettings, after: ServerSettings): readonly RestartKey[] {
  const keys: RestartKey[] = []
  if (before.workers !== after.workers) keys.push('workers')
  if (before.dispatch !== after.dispatch) keys.push('dispatch')
  if (!isSameAdmin(before.admin, after.admin)) keys.push('admin')
  return keys
}

/** A secret shows nothing of itself, not even to a comparison of objects. */
function isSameAdmin(before: AdminSettings | undefined, after: AdminSettings | undefined): boolean {
  if (before === undefined || after === undefined) return before === after
  if (!isDeepStrictEqual(before.listen, after.listen) || before.isAskedFor !== after.isAskedFor) return false
  if (before.token === undefined || after.token === undefined) return before.token === after.token
  return before.token.equals(after.token.reveal())
}

function changedKeys(before: ServerSettings, after: ServerSettings): ConfigDiff['changedKeys'] {
  const keys: ConfigDiff['changedKeys'][number][] = []
  if (before.drainTimeoutMs !== after.drainTimeoutMs) keys.push('drainTimeout')
  if (!isDeepStrictEqual(before.monitors, after.monitors)) keys.push('monitors')
  if (!isDeepStrictEqual(before.log, after.log)) keys.push('log')
  return keys
}
