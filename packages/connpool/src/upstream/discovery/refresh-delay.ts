/** How soon a name that could not be looked up is looked up again, at first. */
const FIRST_RETRY_MS = 1_000

/** How far a refresh may be from its time, so that many processes do not ask in step. */
const JITTER_RATIO = 0.1

/**
 * How long until the next look-up, in milliseconds. After a failure about one second, then two, four and so on, at most
 * `refreshMs`, each less up to a half; else `refreshMs`, give or take a tenth. `draw` is a random number from 0 to 1.
 */
export function refreshDelayMs(refreshMs: number, failures: number, draw: number): number {
  if (failures === 0) return refreshMs * (1 + JITTER_RATIO * (2 * draw - 1))
  const longestMs = Math.min(refreshMs, FIRST_RETRY_MS * 2 ** (failures - 1))
  return longestMs * (1 - draw / 2)
}
