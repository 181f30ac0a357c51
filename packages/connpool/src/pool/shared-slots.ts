/**
 * Slots for connections that several pools share. A pool asks before it dials and says what it takes and gives back;
 * whoever owns the slots wakes the pools that could use one that has become free.
 */
export interface SharedSlots {
  /** Asks: may this pool open another connection now? */
  readonly isFree: boolean
  /** Asks: are there too many connections, those being closed not counted? Then what comes back is closed. */
  readonly isOverdrawn: boolean
  taken(): void
  freed(): void
  /** One connection more is being closed, or one less. */
  noteClosing(change: 1 | -1): void
  /** A connection has come to rest, or left its rest. Called for every lease: it must be cheap. */
  rested(): void
  roused(): void
}
