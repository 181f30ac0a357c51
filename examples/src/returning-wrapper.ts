// #region returning-wrapper
import type { Lease, Pool } from 'connpool'
import type { Socket } from 'node:net'

import { command } from './redis/command.ts'
import type { Reply } from './redis/resp.ts'

/** A client that looks like a connection of its own. Ending it gives the connection back. */
export class CacheClient implements Disposable {
  readonly #lease: Lease<Socket>
  #unanswered = 0
  #hasEnded = false

  private constructor(lease: Lease<Socket>) {
    this.#lease = lease
  }

  static async open(pool: Pool): Promise<CacheClient> {
    return new CacheClient(await pool.acquire())
  }

  get(key: string): Promise<Reply> {
    return this.#ask(['GET', key])
  }

  set(key: string, value: string): Promise<Reply> {
    return this.#ask(['SET', key, value])
  }

  /** A connection on which an answer is still to come would give it to the next user: that one is closed instead. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#unanswered === 0) this.#lease.release()
    else this.#lease.discard()
  }

  [Symbol.dispose](): void {
    this.end()
  }

  async #ask(words: readonly string[]): Promise<Reply> {
    this.#unanswered++
    const reply = await command(this.#lease.connection, words, this.#lease.signal)
    this.#unanswered-- // not reached when it fails: nobody knows then what is still to come
    return reply
  }
}
// #endregion
