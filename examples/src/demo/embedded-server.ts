import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** A small Redis-like server in a thread of its own, so that it does not share the event loop of those it serves. */
export class EmbeddedServer {
  readonly port: number
  readonly #thread: Worker

  private constructor(thread: Worker, port: number) {
    this.#thread = thread
    this.port = port
  }

  static async start(): Promise<EmbeddedServer> {
    const thread = new Worker(new URL('./server-thread.js', import.meta.url))
    const [port] = (await once(thread, 'message')) as [number]
    return new EmbeddedServer(thread, port)
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }
}
