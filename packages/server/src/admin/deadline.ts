/** What did not answer in time. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed'
}

/** The promise's outcome, or {@link DeadlinePassed} after `ms`. What comes later is dropped. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlinePassed(`no answer within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
