import type { Row } from '../row.ts'
import { addedLatency } from './rows/added-latency.ts'
import { article } from './rows/article.ts'
import { connectionPerRequest } from './rows/connection-per-request.ts'
import { idleMemory } from './rows/idle-memory.ts'
import { overload } from './rows/overload.ts'
import { refusing } from './rows/refusing.ts'
import { throughput } from './rows/throughput.ts'

/** Every row of the front server's bench, in the order of the report. */
export const rows: readonly Row[] = [
  throughput,
  connectionPerRequest,
  addedLatency,
  idleMemory,
  article,
  refusing,
  overload,
]
