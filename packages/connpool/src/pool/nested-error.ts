import type { NestedAcquire } from '../affinity/nested-reports.ts'
import type { NestedUse } from '../affinity/nested-use.ts'
import type { PoolError } from '../errors.ts'
import type { PoolStats } from '../metrics/stats.ts'
import { entryBehind, type Lease } from './lease.ts'

interface Circumstances<C> extends Pick<NestedAcquire, 'endpoint' | 'calledAs'> {
  readonly nestedUse: NestedUse<Lease<C>>
  /** When the caller inside came, on the pool's clock. */
  readonly since: number
  readonly stats: () => PoolStats
}

/**
 * Reports a caller who will be served only when a lease ends, if it is part of a use that holds one: it may wait for
 * itself. Answers the error that it is to be refused with, if that was asked for.
 */
export function nestedErrorFor<C>(circumstances: Circumstances<C>): PoolError<'NESTED_ACQUIRE'> | undefined {
  const { nestedUse, since, stats, ...rest } = circumstances
  const use = nestedUse.around
  if (use === undefined) return undefined
  const entry = entryBehind(use.holder)
  const outer = { id: entry.id, ageMs: Math.max(0, since - entry.since), calledAt: use.calledAt }
  return nestedUse.report({ ...rest, stats: stats(), outer })
}
