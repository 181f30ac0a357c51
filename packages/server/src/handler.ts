import type { Socket } from 'node:net'

import type { AcquireOptions, Lease } from 'connpool'

/** What a handler may use besides the request. */
export interface HandlerContext {
  /** A connection of an upstream (the listener's own when left out), within the request's deadline. */
  readonly acquire: (upstream?: string, options?: AcquireOptions) => Promise<Lease<Socket>>
  readonly session: SessionInfo
  /** Aborted when the request's time is up, its client has gone or the server is cut. */
  readonly signal: AbortSignal
}

/** Who is asking. */
export interface SessionInfo {
  /** Unique in this process. */
  readonly id: number
  readonly listener: string
  /** The client's address, as the PROXY header says if there was one; a path for a Unix socket. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  /** Yours to keep things in: it lives as long as the session. */
  readonly state: Map<unknown, unknown>
}

/**
 * Answers one request. `request` is what is inside the frame (a line without its end); what comes back is framed and sent;
 * undefined: nothing is sent. Throwing answers an error in the protocol's words.
 */
export type Handler = (request: Buffer, context: HandlerContext) => HandlerReply | Promise<HandlerReply>

export type HandlerReply = Uint8Array | string | undefined
