import type { Row } from './row.ts'
import { cancel } from './rows/cancel.ts'
import { killedEndpoint } from './rows/killed-endpoint.ts'
import { manyWaiters } from './rows/many-waiters.ts'
import { memory } from './rows/memory.ts'
import { redis } from './rows/redis.ts'
import { slowEndpoint } from './rows/slow-endpoint.ts'
import { spike } from './rows/spike.ts'
import { starve } from './rows/starve.ts'
import { timeout } from './rows/timeout.ts'
import { uncontended } from './rows/uncontended.ts'
import { upstream } from './rows/upstream.ts'
import { waiters } from './rows/waiters.ts'

/** Every row, in the order of the report. */
export const rows: readonly Row[] = [
  uncontended,
  waiters,
  manyWaiters,
  timeout,
  cancel,
  spike,
  starve,
  redis,
  upstream,
  slowEndpoint,
  killedEndpoint,
  memory,
]
