import { isDeepStrictEqual } from 'node:util'

import type { ListenerSettings } from '../settings.ts'
import { diffByName } from './by-name.ts'
import type { ConfigDiff } from './config-diff.ts'

export function diffListeners(
  before: readonly ListenerSettings[],
  after: readonly ListenerSettings[],
): ConfigDiff['listeners'] {
  const { added, removed, changed } = diffByName(before, after)
  const isReopened = ({ before: was, after: is }: (typeof changed)[number]): boolean => !listensAlike(was, is)
  return {
    added,
    removed,
    changed: changed.filter((each) => !isReopened(each)).map((each) => each.after),
    reopened: changed.filter(isReopened).map((each) => each.after),
  }
}

/** What was told to the system when the listening began cannot be changed. */
function listensAlike(one: ListenerSettings, other: ListenerSettings): boolean {
  const { backlog, reusePort } = one
  return isDeepStrictEqual(one.listen, other.listen) && backlog === other.backlog && reusePort === other.reusePort
}
