// #region cache
import type { Pool } from 'connpool'
import type { Duplex } from 'node:stream'

/** Asks one line and waits for one, on any stream. */
function askLine(stream: Duplex, question: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    stream.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
      if (answer.endsWith('\n')) resolve(answer.trimEnd())
    })
    stream.on('error', reject).on('close', () => reject(new Error('closed before the answer had come')))
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    stream.write(`${question}\n`)
  })
}

/** The code under test: what it is asked again within a minute it answers by itself. */
export class Cache<C extends Duplex> {
  readonly #pool: Pool<C>
  readonly #now: () => number
  readonly #known = new Map<string, { readonly answer: string; readonly until: number }>()

  constructor(pool: Pool<C>, now: () => number = () => performance.now()) {
    this.#pool = pool
    this.#now = now
  }

  async ask(question: string): Promise<string> {
    const known = this.#known.get(question)
    if (known !== undefined && known.until > this.#now()) return known.answer
    const answer = await this.#pool.use((stream, lease) => askLine(stream, question, lease.signal), {
      timeoutMs: 2_000,
    })
    this.#known.set(question, { answer, until: this.#now() + 60_000 })
    return answer
  }
}
// #endregion
