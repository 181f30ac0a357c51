import { startRedis } from '../redis-server.ts'
import type { RowReport } from '../row.ts'
import { canRead } from './processes/process-readings.ts'

/** What a row says of itself before it has measured. */
export type Heading = Pick<RowReport, 'name' | 'title'>

/** A row that needs a redis-server of its own behind what it measures; it says so where there is none. */
export async function beforeRedis(
  heading: Heading,
  measure: (redis: { readonly port: number; readonly version: string }) => Promise<Omit<RowReport, 'name' | 'title'>>,
): Promise<RowReport> {
  if (!canRead()) return skipped(heading, noProc)
  const redis = await startRedis()
  if (redis === undefined) return skipped(heading, 'redis-server is not installed')
  try {
    return { ...heading, ...(await measure(redis)) }
  } finally {
    await redis.stop()
  }
}

export const noProc = 'there is no /proc, which tells what other processes cost'

export function skipped(heading: Heading, why: string): RowReport {
  return { ...heading, tables: [], targets: [], notes: [], skipped: why }
}
