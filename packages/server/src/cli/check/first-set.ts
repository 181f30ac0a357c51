import type { EndpointSet, EndpointSource } from 'connpool'

const TIMEOUT_MS = 5_000

/** What a source of endpoints finds first. Rejects at the first failure, and when it takes longer than 5 s. */
export async function firstSet(source: EndpointSource): Promise<EndpointSet> {
  if (!('watch' in source)) throw new Error('bug: a configuration has no sources but discoveries')
  const { promise, resolve, reject } = deferred<EndpointSet>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  const watch = source.watch({ endpoints: resolve, failed: reject })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    watch[Symbol.dispose]()
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  if (settle === undefined) throw new Error('bug: a promise runs its executor at once')
  return { promise, resolve: settle.resolve, reject: settle.reject }
}
