/** Why a connection was lost by itself. */
export type Loss = 'peer-closed' | 'socket-error' | 'idle-data'

/** Why a connection cannot be lent again. */
export type Flaw = 'dirty' | 'peer-closed' | 'socket-error'

/** Called at most once, when a connection is lost by itself: never after its keeper was told to close or forget it. */
export type Lost = (why: Loss, error: Error | undefined) => void

/**
 * The wires around one pooled connection: notices that it is lost, proves it clean, takes away what the last user left on
 * it, watches it while nobody has it, and closes it. It decides nothing: the pool calls, and is told. No method may throw.
 */
export interface Keeper {
  /** Asks: what keeps it from being lent again now? Undefined is the proof that it is clean. */
  flaw(): Flaw | undefined
  /** Asks: are bytes still on their way out? Then it is `dirty`, but may be clean after the next poll of the event loop. */
  isWriting(): boolean
  /** Removes what the last user left, at once; false where that cannot be. Only for a connection without a flaw. */
  scrub(): boolean
  /** Its set-up is over: what is on it now stays for its life. */
  keepListeners(): void
  /** Nobody has it: bytes, the peer's end or an error are a loss from now on, and it does not keep the process alive. */
  rest(): void
  /** Somebody gets it: nobody watches, and it keeps the process alive. */
  wake(): void
  /** It keeps the process alive. */
  ref(): void
  /** It does not keep the process alive. */
  unref(): void
  /** Says goodbye and waits for the peer to do the same, without a time limit. `closed` is called once, after this returns. */
  closeGently(closed: () => void): void
  /** Closes it now, be it after `closeGently()`. `closed` is called once, after this returns, and so are those given before. */
  closeNow(closed: () => void): void
  /** It is no longer the pool's: closing it is its owner's business. */
  forget(): void
}

/** A connection that is no stream and makes its own {@link Keeper}: a pool checks, watches and closes it as it does a socket. */
export interface Kept {
  /** Called once, when it has been dialed. */
  connpoolKeeper(lost: Lost): Keeper
}

export function isKept(connection: unknown): connection is Kept {
  if (typeof connection !== 'object' || connection === null) return false
  return typeof (connection as Partial<Kept>).connpoolKeeper === 'function'
}
