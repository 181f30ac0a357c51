/** How one way of sending requests did. */
export interface Result {
  /** Milliseconds from each request to its reply, with the wait for a connection. */
  readonly latenciesMs: readonly number[]
  readonly elapsedMs: number
}

/** How a load is put on something that answers. */
export interface LoadOptions {
  /** How many ask at the same time, each again as soon as it is answered. */
  readonly callers: number
  readonly requests: number
  /** No request begins later than this. */
  readonly withinMs: number
  readonly signal: AbortSignal
}

/** Asks until all requests are made or the time is up, and checks each answer. The first failure ends it. */
export async function runLoad(ask: (message: string) => Promise<unknown>, options: LoadOptions): Promise<Result> {
  const { callers, requests, withinMs, signal } = options
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  let begun = 0
  let hasFailed = false

  const mayGoOn = (): boolean => !hasFailed && begun < requests && performance.now() - startedAt < withinMs
  const askInTurn = async (): Promise<void> => {
    while (mayGoOn()) {
      signal.throwIfAborted()
      const message = `request ${++begun}`
      const askedAt = performance.now()
      const answer = await ask(message)
      latenciesMs.push(performance.now() - askedAt)
      if (answer !== message) throw new Error(`"${message}" was answered by ${JSON.stringify(answer)}`)
    }
  }
  const caller = (): Promise<void> =>
    askInTurn().catch((error: unknown) => {
      hasFailed = true
      throw error
    })
  await Promise.all(Array.from({ length: callers }, caller))

  return { latenciesMs, elapsedMs: performance.now() - startedAt }
}

/** Several runs as one. */
export function together(results: readonly Result[]): Result {
  return {
    latenciesMs: results.flatMap((result) => result.latenciesMs),
    elapsedMs: results.reduce((sum, result) => sum + result.elapsedMs, 0),
  }
}
