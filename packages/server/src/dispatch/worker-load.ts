/** A worker process, as the primary counts them; never used twice. */
export type WorkerId = number

/** What a worker says of itself. Infinity does not pass through JSON: use a number that is large enough. */
export interface WorkerLoad {
  /** Requests that wait in it. */
  readonly waiting: number
  /** How many may wait in it. */
  readonly limit: number
  /** Its clients, with all whom it has acknowledged. */
  readonly sessions: number
  readonly maxSessions: number
  /** Its clients by address, of those addresses that had another number of them in the last report. */
  readonly changedAddresses?: Readonly<Record<string, number>>
}
