/** What a process says of itself at one moment. */
export interface Readings {
  /** The 99th percentile over the last few readings, in milliseconds, beyond what is to be expected. */
  readonly eventLoopDelayMs: number
  readonly heapBytes: number
  readonly rssBytes: number
  /** Open file descriptors. Undefined where the system does not say. */
  readonly fds: number | undefined
  /** Most that may be open. Undefined where the system does not say. */
  readonly fdLimit: number | undefined
}
