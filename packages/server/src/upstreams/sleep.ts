import type { Clock } from 'connpool'

/** Resolves after `ms`; rejects with the signal's reason when that is aborted first. */
export function sleep(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer[Symbol.dispose]()
      reject(signal.reason) // oxlint-disable-line typescript/prefer-promise-reject-errors -- unchanged
    }
    const timer = clock.wakeAt(clock.now() + ms, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
  })
}
