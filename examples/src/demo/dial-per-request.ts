import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { command } from '../redis/command.ts'
import { greet } from './greet.ts'
import type { Address, Target } from './target.ts'

/** What is done where there is no pool: a connection for each request. */
export class DialPerRequest {
  readonly #target: Target
  readonly #signal: AbortSignal
  #dials = 0

  constructor(target: Target, signal: AbortSignal) {
    this.#target = target
    this.#signal = signal
  }

  get dials(): number {
    return this.#dials
  }

  async ask(message: string): Promise<unknown> {
    this.#dials++
    const socket = await this.#dial()
    try {
      await greet(socket, this.#target, this.#signal)
      return await command(socket, ['PING', message], this.#signal)
    } finally {
      socket.on('error', () => undefined).end(() => socket.destroy())
    }
  }

  async #dial(): Promise<Socket> {
    const { address } = this.#target
    const socket = open(address)
    try {
      await once(socket, 'tls' in address && address.tls ? 'secureConnect' : 'connect', { signal: this.#signal })
      return socket.setNoDelay()
    } catch (error) {
      socket.on('error', () => undefined).destroy()
      throw error
    }
  }
}

function open(address: Address): Socket {
  if ('path' in address) return connectTcp(address.path)
  const { host, port, tls } = address
  return tls ? connectTls({ host, port, servername: isIP(host) === 0 ? host : '' }) : connectTcp(port, host)
}
