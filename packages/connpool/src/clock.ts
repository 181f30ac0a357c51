/**
 * The only door to time. `now()` is monotonic milliseconds since some fixed moment; it says nothing about the date.
 *
 * Pass your own as the `clock` option to make a pool deterministic; `connpool/testing` has a `FakeClock`.
 */
export interface Clock {
  /** Monotonic milliseconds. May have a fraction; must never go back. */
  now(): number
  /** Calls `wake` once when `now()` has reached `time`, never synchronously. Disposing the answer cancels it. */
  wakeAt(time: number, wake: () => void): Disposable
}
