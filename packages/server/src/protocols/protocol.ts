import type { Socket } from 'node:net'

import type { Refusal } from '../refusal.ts'

/**
 * Finds where frames (requests, replies) end in a stream of bytes that arrives in pieces of any size. One scanner belongs
 * to one direction of one connection and remembers what it has seen of the frame it is in; it copies nothing.
 */
export interface FrameScanner {
  /**
   * Looks at `bytes` from `start` on, which follow directly on what it was shown before. Answers the index after the last
   * byte of the frame it is in, or -1 when that lies beyond. After an end the scanner stands at the start of the next frame.
   * The time is linear in the bytes shown, however they are cut.
   *
   * @throws ProtocolError when no frame can begin or go on so, or when it is longer than the limit. What had ended before
   * stands; a scanner that has thrown is of no use any more.
   */
  scan(bytes: Uint8Array, start: number): number
  /** Asks: has it seen some bytes of a frame, but not its end? */
  readonly isInFrame: boolean
}

/** How long a frame may be, its ends and lengths included. */
export interface FrameLimit {
  /** A longer one throws `too-large` as soon as that is certain, and before anything of that size is kept. Infinity: any. */
  readonly maxBytes: number
}

/** How much of a backend connection a request needs. */
export type Claim = 'share' | 'own'

/** What a listener speaks. Built in: `tcp`, `lines`, `length-prefixed`, `redis`; anyone can write their own. */
export type Protocol = OpaqueProtocol | FramedProtocol

/** Bytes nobody looks into: one backend connection for the whole session, closed after it. */
export interface OpaqueProtocol {
  readonly name: string
  readonly pooling: 'session'
  /** The backend greets first, so a session needs its connection before its client has sent anything. */
  readonly serverSpeaksFirst: boolean
}

/** Requests and replies: a backend connection is lent for one request and its reply. */
export interface FramedProtocol {
  readonly name: string
  readonly pooling: 'exchange'
  /** Left out, `limit` is infinite. */
  requests(limit?: FrameLimit): FrameScanner
  /** Without a limit: a reply is passed on while it comes in. */
  replies(): FrameScanner
  /** What is inside a whole frame, as a handler is given it: a line without its end, say. May be a view into `frame`. */
  payload(frame: Uint8Array): Uint8Array
  /**
   * The frame around what a handler answers.
   *
   * @throws ProtocolError when that cannot stand in one frame: a line with a line break in it, say.
   */
  frame(payload: Uint8Array): Uint8Array
  /** An error in the protocol's words, as a whole reply: sent to a client whose request is refused or has failed. */
  refusal(refusal: Refusal): Uint8Array
  /** Left out, every request shares. `own`: from this request on the session keeps a connection to itself until it ends. */
  claim?(request: Uint8Array): Claim
  /** Answered here and now, without a backend: the reply, which may be empty. Undefined: ask the backend. */
  answer?(request: Uint8Array): Uint8Array | undefined
  /** Left out, every request has one reply. False: nothing comes back for this one. */
  hasReply?(request: Uint8Array): boolean
  /** The health check of a backend connection: one request, and what its reply must be. */
  readonly ping?: Ping
  /** A health check that takes more than a `ping`, which it takes the place of. Its upstream's connections are all sockets. */
  probe?(socket: Socket, context: { readonly signal: AbortSignal }): unknown
}

/** A request that changes nothing, and has one reply. */
export interface Ping {
  readonly request: Uint8Array
  /** `reply` is one whole frame, and all that came. */
  isHealthy(reply: Uint8Array): boolean
}

/** The client or the backend has sent what the protocol does not allow. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  /** Which refusal it deserves. */
  readonly reason: 'protocol' | 'too-large'

  constructor(message: string, reason: 'protocol' | 'too-large' = 'protocol') {
    super(message)
    this.reason = reason
  }
}
