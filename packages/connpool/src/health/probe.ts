import type { Socket } from 'node:net'

/** A ready-made health check: pass it as the `probe` option of a pool of sockets. */
export type SocketProbe = (connection: Socket, context: { readonly signal: AbortSignal }) => Promise<boolean>
