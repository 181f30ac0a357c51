import type { BackoffOptions, BreakerOptions, OutlierOptions, PoolOptions } from 'connpool'

import { inLibraryWords } from '../schema/library-words.ts'
import type { BackoffEntry, BreakerEntry, PoolData, PoolEntry } from '../schema/pool-section.ts'
import type { OutlierEntry } from '../schema/upstream-section.ts'

/** `pool` of a configuration in the library's words. What was left out stays so: the library has its own defaults. */
export function poolOptionsOf({ backoff, breaker, ...rest }: PoolEntry): Omit<PoolOptions, 'endpoint'> {
  return {
    ...inLibraryWords<PoolData>(rest, [
      'acquireTimeout',
      'dialTimeout',
      'closeTimeout',
      'idleTimeout',
      'maxLifetime',
      'probeAfterIdle',
      'probeInterval',
      'probeTimeout',
      'leakWarn',
      'maxLease',
      'keepAlive',
    ]),
    ...(backoff !== undefined && { backoff: backoffOptionsOf(backoff) }),
    ...(breaker !== undefined && { breaker: breaker === false ? false : breakerOptionsOf(breaker) }),
  }
}

export function outlierOptionsOf(entry: OutlierEntry | false): OutlierOptions | false {
  return entry === false ? false : inLibraryWords<OutlierOptions>(entry, ['window', 'baseEjection', 'maxEjection'])
}

function backoffOptionsOf(entry: BackoffEntry): BackoffOptions {
  return inLibraryWords<BackoffOptions>(entry, ['base', 'max'])
}

function breakerOptionsOf(entry: BreakerEntry): BreakerOptions {
  return inLibraryWords<Omit<BreakerOptions, 'rule'>>(entry, ['window', 'open', 'maxOpen'])
}
