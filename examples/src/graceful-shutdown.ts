import type { Server } from 'node:http'
import type { Pool } from 'connpool'

// #region shutdown
/** Requests first, then the connections they use. */
export async function shutDown(server: Server, pool: Pool): Promise<number> {
  server.close() // no new requests
  server.closeIdleConnections()
  const { drained, cut, refused, elapsedMs } = await pool.close({ graceMs: 10_000 })
  console.log(`closed in ${Math.round(elapsedMs)} ms: ${drained} done, ${cut} cut, ${refused} refused`)
  return cut === 0 ? 0 : 1
}

export function shutDownOnSignal(server: Server, pool: Pool): void {
  process.once('SIGTERM', () => {
    void shutDown(server, pool).then((code) => {
      process.exitCode = code
    })
  })
}
// #endregion
