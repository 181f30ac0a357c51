// #region per-request
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Pool, PoolError } from 'connpool'

import { command } from './redis/command.ts'

/** Every request has one connection for as long as it needs it, and no longer. */
export function serve(pool: Pool): Server {
  return createServer((request, response) => void answer(pool, request, response))
}

async function answer(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const key = request.url ?? '/'
    const value = await pool.use((socket, lease) => command(socket, ['GET', key], lease.signal))
    response.writeHead(value === null ? 404 : 200).end(String(value))
  } catch (error) {
    response.writeHead(error instanceof PoolError ? 503 : 500, headersFor(error)).end()
  }
}

/** While the endpoint is down the pool says when it is worth asking again. */
function headersFor(error: unknown): Record<string, string> {
  if (!(error instanceof PoolError) || error.retryAfterMs === undefined) return {}
  return { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1000)) }
}
// #endregion
