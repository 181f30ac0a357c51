// #region line-service
import { once } from 'node:events'

import { FrontServer, type HandlerContext } from '@connpool/server'

/** Asks one of the backends one line over a pooled connection, until the request's time is up or the connection is lost. */
async function ask(upstream: string, line: string, { acquire }: HandlerContext): Promise<string> {
  const lease = await acquire(upstream)
  lease.connection.write(`${line}\n`)
  const [reply] = (await once(lease.connection, 'data', { signal: lease.signal })) as [Buffer]
  lease.release()
  return reply.toString().trim()
}

/** `GET /users/7` and `GET /stock/7`, a line each: every kind of thing has a backend of its own. */
async function handle(request: Buffer, context: HandlerContext): Promise<string> {
  const [, kind = '', id = ''] = /^GET \/(users|stock)\/(\w+)$/.exec(request.toString()) ?? []
  if (kind === '') return '404 not found'
  return `200 ${await ask(kind, id, context)}`
}

export function lineService(users: string, stock: string): FrontServer {
  return new FrontServer({
    listeners: [{ name: 'service', listen: '127.0.0.1:0', protocol: 'lines', handle, requestTimeout: '1s' }],
    upstreams: { users: { endpoints: [users] }, stock: { endpoints: [stock], pool: { maxSize: 4 } } },
    admin: 'off',
  })
}
// #endregion
