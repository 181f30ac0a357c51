import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

import { Keyspace } from './keyspace.ts'
import { RespSession } from './resp-session.ts'

export interface RespBackendOptions {
  /** Default: any free one. */
  readonly port?: number
  /** Default 100 000. What is beyond is refused, with an error that says so. */
  readonly maxKeys?: number
  /** About how much memory keys and values may take. Default 64 MiB. */
  readonly maxBytes?: number
}

/**
 * A small server that speaks RESP2 on loopback, in this process: something to put behind the front server where there is no
 * Redis. It knows what `redis-cli` and `redis-benchmark` ask for; nothing in it expires or is kept.
 */
export class RespBackend {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #keys: Keyspace
  #lastId = 0

  private constructor({ maxKeys = 100_000, maxBytes = 64 * 1024 * 1024 }: RespBackendOptions) {
    this.#keys = new Keyspace({ maxKeys, maxBytes })
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Rejects if it cannot listen. */
  static async start(options: RespBackendOptions = {}): Promise<RespBackend> {
    const backend = new RespBackend(options)
    await new Promise<void>((resolve, reject) => {
      backend.#server.once('error', reject)
      backend.#server.listen({ host: '127.0.0.1', port: options.port ?? 0, exclusive: true }, resolve)
    })
    return backend
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Ends all connections, and resolves when the last is gone. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // oxlint-disable-next-line no-new -- it lives by its socket
    new RespSession(socket, { keys: this.#keys, connection: { id: ++this.#lastId, name: '' } })
  }
}
