import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'

import type { ListenAddress, ListenerSettings } from '../config/settings.ts'
import { clearStaleSocket } from '../listener/stale-socket.ts'

/** A socket that is bound, with nothing of Node's around it. */
export interface BoundSocket {
  /** TCP has it. */
  getsockname?(out: { address?: string; port?: number }): number
  close(done?: () => void): void
}

/** What Node's own cluster module binds with, for workers that listen by themselves; its types do not know it. */
interface Binding {
  _createServerHandle(address: string | null, port: number, addressType: number, fd?: number): BoundSocket | number
}

/** The kinds of addresses in {@link Binding}. */
const UNIX = -1

export interface BoundSocketsOptions {
  /** Where systemd's descriptor of this name is. */
  readonly systemdFd: (name: string) => number
}

/**
 * The sockets that workers listen at. The primary has bound them, and never accepts: so they outlive every worker, and who
 * connects while none lives waits in the system's queue.
 */
export class BoundSockets {
  readonly #options: BoundSocketsOptions
  readonly #bound = new Map<string, BoundSocket>()
  /** Those that will take the place of others. */
  readonly #staged = new Map<string, BoundSocket | undefined>()

  constructor(options: BoundSocketsOptions) {
    this.#options = options
  }

  /** Undefined: the worker is to listen by itself, or there is no such listener. */
  of(listener: string): BoundSocket | undefined {
    return this.#staged.has(listener) ? this.#staged.get(listener) : this.#bound.get(listener)
  }

  /** As `open`; what was bound before stays until {@link commit}. */
  async stage({ name, listen, reusePort }: ListenerSettings): Promise<void> {
    this.#staged.set(name, listensAlone(listen, reusePort) ? undefined : await this.#bind(listen))
  }

  commit(): void {
    for (const [name, socket] of this.#staged) {
      this.close(name)
      if (socket !== undefined) this.#bound.set(name, socket)
    }
    this.#staged.clear()
  }

  rollBack(): void {
    for (const socket of this.#staged.values()) socket?.close()
    this.#staged.clear()
  }

  /** Binds, or rejects with why the address cannot be had, as `listen` does. */
  async open({ name, listen, reusePort }: ListenerSettings): Promise<void> {
    if (listensAlone(listen, reusePort)) return
    this.#bound.set(name, await this.#bind(listen))
  }

  close(listener: string): void {
    this.#bound.get(listener)?.close()
    this.#bound.delete(listener)
  }

  closeAll(): void {
    for (const listener of this.#bound.keys()) this.close(listener)
  }

  async #bind(listen: ListenAddress): Promise<BoundSocket> {
    if ('systemd' in listen) return bind(listen, [null, -1, -1, this.#options.systemdFd(listen.systemd)])
    if ('path' in listen) {
      await clearStaleSocket(listen.path)
      return bind(listen, [listen.path, -1, UNIX])
    }
    const { address, family } = await lookup(listen.host)
    return bind(listen, [address, listen.port, family])
  }
}

/** Several sockets may have one port with `reusePort`: then each worker has its own, and the system shares out who comes. */
function listensAlone(listen: ListenAddress, reusePort: boolean): boolean {
  return reusePort && 'port' in listen && listen.port !== 0
}

function bind(listen: ListenAddress, how: Parameters<Binding['_createServerHandle']>): BoundSocket {
  // oxlint-disable-next-line eslint/no-underscore-dangle -- there is no other way to bind and not accept
  const socket = (net as unknown as Binding)._createServerHandle(...how)
  if (typeof socket === 'number') throw bindError(socket, listen)
  // That an address is taken is remembered, and told by the next call.
  const error = socket.getsockname?.({}) ?? 0
  if (error === 0) return socket
  socket.close()
  throw bindError(error, listen)
}

/** As `listen` would say it. */
function bindError(errno: number, listen: ListenAddress): Error {
  const code = getSystemErrorName(errno)
  const where = whereOf(listen)
  const text = `listen ${code}: cannot listen on ${where.port === undefined ? where.address : `${where.address}:${where.port}`}`
  return Object.assign(new Error(text), { code, errno, syscall: 'listen', ...where })
}

function whereOf(listen: ListenAddress): { readonly address: string; readonly port?: number } {
  if ('systemd' in listen) return { address: `systemd:${listen.systemd}` }
  return 'path' in listen ? { address: listen.path } : { address: listen.host, port: listen.port }
}
