/** Who has a port: told everything that happens to its connection. */
export interface PortUser {
  /**
   * `bytes` are the user's only during the call: what it keeps it copies; `write()` of a port copies by itself. False: nothing
   * more until `resume()`.
   */
  take(bytes: Buffer): boolean
  /** The peer will send no more. */
  ended(): void
  /** What was written has gone out, after `write()` had answered false. */
  writable(): void
  /** The connection is gone, by whatever cause. */
  closed(): void
}

/** A connection as it comes out of the system, with no stream around it yet. */
export type AcceptedHandle = object

/**
 * One connection, client's or backend's, whose bytes are given to its {@link PortUser} as they come. While it has none, they
 * are kept. Either side may end first; when both have, it closes by itself.
 */
export interface BytePort {
  /** From now on bytes come to `user`, those first that have come before, once `resume()` is called. */
  attach(user: PortUser): void
  /** Bytes are kept again. */
  detach(): void
  resume(): void
  pause(): void
  /**
   * Sends them on, but not after `end()`. False: it has more than it can take, `writable()` will tell. `sent` is called once,
   * later, when they have gone out or never will.
   */
  write(bytes: Uint8Array, sent?: Sent): boolean
  /** Takes back what was written, if nothing of it has gone out. False: it is too late, or there is nothing. */
  withdraw(): boolean
  /** Says goodbye after what was written. */
  end(): void
  /** Closes it. What was not sent is lost. */
  destroy(): void
  /**
   * Closes it so that its peer sees an error rather than an end, where that can be said: TCP has resets, a Unix socket has not,
   * and a TLS connection is torn without its goodbye. Nothing waits for the peer: one that hangs keeps no place.
   */
  reset(): void
  /** Asks: can it be written to? */
  readonly isWritable: boolean
  /** Asks: does more wait to be sent than it wants to take? */
  readonly isFull: boolean
  /** How many wait to be sent. */
  readonly unsentBytes: number
  /** Why it was lost, if not in peace. */
  readonly error: Error | undefined
  /** Where we are, as the system says. Undefined for a Unix socket. */
  readonly local: { readonly address: string | undefined; readonly port: number | undefined }
}

export type Sent = (error?: Error | null) => void
