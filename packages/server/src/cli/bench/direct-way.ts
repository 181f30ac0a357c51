import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import { addressOf } from '../../config/build/address-of.ts'
import type { BenchPlan } from './bench-plan.ts'
import { exchange } from './exchange.ts'
import type { Way } from './way.ts'

/** A connection for each request, closed after it. */
export class DirectWay implements Way {
  readonly name = 'dial per request'
  dials = 0
  readonly #plan: BenchPlan
  readonly #sockets = new Set<Socket>()

  constructor(plan: BenchPlan) {
    this.#plan = plan
  }

  async ask(): Promise<void> {
    const socket = await this.#dial()
    try {
      await exchange(socket, this.#plan.speech)
    } finally {
      socket.destroy()
    }
  }

  async close(): Promise<void> {
    const closed = [...this.#sockets].map(async (socket) => {
      await once(socket.destroy(), 'close')
    })
    await Promise.all(closed)
  }

  async #dial(): Promise<Socket> {
    this.dials++
    const { endpoint } = this.#plan
    const address = { ...addressOf(endpoint), noDelay: true }
    const isTls = endpoint.startsWith('tls://')
    const socket = isTls ? connectTls(address) : connect(address)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    await once(socket, isTls ? 'secureConnect' : 'connect')
    return socket
  }
}
