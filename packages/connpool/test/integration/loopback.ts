/**
 * A server of one test on the loopback interface or a Unix socket, and pairs of connected sockets made with it. Closing
 * it, or leaving the `await using` block, ends everything it made.
 */
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { ConnectionOptions, TLSSocketOptions } from 'node:tls'

import { dialEndpoint } from '../../src/dial/dialer.ts'
import { LazyAbort } from '../../src/dial/lazy-abort.ts'
import type { Endpoint } from '../../src/endpoint.ts'

export type Transport = 'tcp' | 'tls' | 'unix'

export const transports: readonly Transport[] = ['tcp', 'tls', 'unix']

/** The two ends of one connection. `raw` is what carries the peer's end: with TLS the socket below it. */
export interface Pair {
  readonly client: Socket
  readonly peer: Socket
  readonly raw: Socket
}

export function certificate(name: 'authority' | 'localhost' | 'elsewhere' | 'client'): Buffer {
  return readFileSync(new URL(`./certificates/${name}.crt`, import.meta.url))
}

export function privateKey(name: 'localhost' | 'elsewhere' | 'client'): Buffer {
  return readFileSync(new URL(`./certificates/${name}.key`, import.meta.url))
}

export interface LoopbackOptions {
  readonly server?: TLSSocketOptions
  readonly client?: ConnectionOptions
  /** What the client calls the server. @default '127.0.0.1' */
  readonly host?: string
}

const handshaken = new WeakSet<Socket>()

export class Loopback implements AsyncDisposable {
  readonly endpoint: Endpoint
  readonly #server: Server
  readonly #directory: string | undefined
  readonly #made: Set<Socket>

  private constructor(endpoint: Endpoint, server: Server, directory: string | undefined, made: Set<Socket>) {
    this.endpoint = endpoint
    this.#server = server
    this.#directory = directory
    this.#made = made
  }

  static async listen(transport: Transport, options: LoopbackOptions = {}): Promise<Loopback> {
    const made = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
      keep(made, raw)
      server.emit('peer', { raw, peer: transport === 'tls' ? keep(made, secure(raw, options.server)) : raw })
    })
    const directory = transport === 'unix' ? await mkdtemp(join(tmpdir(), 'connpool-')) : undefined
    const host = options.host ?? '127.0.0.1'
    if (directory === undefined) server.listen(0, host === '::1' ? host : '127.0.0.1')
    else server.listen(join(directory, 'socket'))
    await once(server, 'listening')
    return new Loopback(endpointOf(server, host, transport, options.client), server, directory, made)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many connections the server counts now. */
  async connectionCount(): Promise<number> {
    const { promise, resolve, reject } = deferred<number>()
    this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    return promise
  }

  /** From now on the server's ends read, and end when their clients do, so that `connectionCount()` counts clients. */
  hangUpAfterClients(): void {
    this.#server.on('peer', ({ peer }: Pair) => peer.on('end', () => peer.end()).resume())
  }

  /** The server's end of the next connection. */
  async nextPeer(): Promise<Omit<Pair, 'client'>> {
    const [peer] = (await once(this.#server, 'peer')) as [Omit<Pair, 'client'>]
    return peer
  }

  async connect(): Promise<Pair> {
    const abort = new LazyAbort()
    const [client, peer] = await Promise.all([
      dialEndpoint(this.endpoint, { keepAliveMs: 60_000, noDelay: true, abort }),
      this.nextPeer(),
    ])
    this.#made.add(client)
    // The client has finished the handshake first; what the peer does before it has is another story.
    if (peer.peer instanceof TLSSocket) await until(() => handshaken.has(peer.peer))
    return { client, ...peer }
  }

  async close(): Promise<void> {
    for (const socket of this.#made) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Resolves when it holds; looked at once per turn of the event loop, within the test's own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setImmediate()
}

/** Enough turns for whatever is under way on the loopback interface to have arrived. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

/** Node keeps what was set under symbols; there is no public way to ask the system. */
export function settingOf(socket: Socket, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)
  return symbol === undefined ? undefined : Reflect.get(socket, symbol)
}

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

export function deferred<Value>(): Deferred<Value> {
  let settle: Omit<Deferred<Value>, 'promise'> | undefined
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject }
  })
  if (settle === undefined) throw new Error('a promise runs its executor at once')
  return { promise, ...settle }
}

function endpointOf(server: Server, host: string, transport: Transport, client?: ConnectionOptions): Endpoint {
  const address = server.address()
  const tls = transport === 'tls' ? { ca: certificate('authority'), ...client } : undefined
  if (address === null || typeof address === 'string') {
    return { kind: 'unix', path: address ?? '', tls, text: `unix:${address}` }
  }
  return { kind: 'tcp', host, port: address.port, tls, text: `${host}:${address.port}` }
}

function secure(raw: Socket, options: TLSSocketOptions = {}): Socket {
  const own = { cert: certificate('localhost'), key: privateKey('localhost') }
  const peer = new TLSSocket(raw, { isServer: true, ...own, ...options })
  return peer.once('secure', () => handshaken.add(peer))
}

function keep(made: Set<Socket>, socket: Socket): Socket {
  made.add(socket)
  socket.on('error', () => undefined)
  return socket
}
