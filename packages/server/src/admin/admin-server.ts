import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type Clock, systemClock } from 'connpool'

import type { Secret } from '../config/secret.ts'
import type { ServerLog } from '../log/server-log.ts'
import { Gate } from './access/gate.ts'
import { isLoopback } from './access/loopback.ts'
import { type AdminReply, refused } from './admin-reply.ts'
import { visitOf } from './admin-visit.ts'
import { type AdminSubject, answerRoute } from './answer-route.ts'
import { DeadlinePassed, within } from './deadline.ts'
import { adminListenError } from './listen-error.ts'
import { isPublic, methodsOf, routeOf } from './routes.ts'
import { sendRawReply, sendReply } from './send-reply.ts'
import { withSharedStats } from './shared-stats.ts'

export interface AdminServerOptions extends AdminSubject {
  readonly listen: { readonly host: string; readonly port: number }
  /** Without one only this machine may ask. */
  readonly token: Secret | undefined
  /** The address was asked for: a port that is taken is an error. Else it is replaced by a free one. */
  readonly isAskedFor: boolean
  readonly log: ServerLog
  /** How long a request may take to come in, its answer to be made, and a connection to rest. Default 5000. */
  readonly timeoutMs?: number
  readonly clock?: Clock
}

/** Where the admin listener is. */
export interface AdminAddress {
  readonly url: string
  readonly host: string
  readonly port: number
  /** The default port, which was taken, so that another was used. */
  readonly takenPort?: number
}

const MOST_CONNECTIONS = 64
const CLOSE_MS = 1_000

/** The admin listener: health, metrics and state for whoever asks; drain, pause and resume for those who may. */
export class AdminServer {
  readonly #options: AdminServerOptions
  readonly #subject: AdminSubject
  readonly #gate: Gate
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #server: Server

  /** @throws RangeError if others than this machine could ask without a token. */
  constructor(options: AdminServerOptions) {
    const { listen, token, control } = options
    if (token === undefined && !isLoopback(listen.host)) {
      throw new RangeError(`admin.listen (--admin): ${listen.host} is not loopback, so admin.token is needed`)
    }
    this.#options = options
    this.#subject = { control: withSharedStats(control), settings: () => options.settings() }
    this.#gate = new Gate(listen.host, token)
    this.#clock = options.clock ?? systemClock
    this.#timeoutMs = options.timeoutMs ?? 5_000
    this.#server = this.#newServer()
  }

  /** Starts to listen. Rejects with an error that names the setting if it cannot. */
  async listen(): Promise<AdminAddress> {
    const { host, port } = this.#options.listen
    const takenPort = await this.#listenOn(port)
    const { port: actual } = this.#server.address() as AddressInfo
    const name = ANY.has(host) ? '127.0.0.1' : host
    const url = `http://${name.includes(':') ? `[${name}]` : name}:${actual}`
    return { url, host, port: actual, ...(takenPort !== undefined && { takenPort }) }
  }

  /** Stops listening. Answers under way are finished within a second. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS)
    await closed
    clearTimeout(timer)
  }

  /** The default port that was taken, if it was. */
  async #listenOn(port: number): Promise<number | undefined> {
    const { listen, isAskedFor } = this.#options
    try {
      await this.#tryPort(port)
      return undefined
    } catch (error) {
      if (isAskedFor || !isTaken(error)) throw adminListenError(error, listen.host, port)
    }
    await this.#tryPort(0).catch((error: unknown) => {
      throw adminListenError(error, listen.host, 0)
    })
    return port
  }

  #tryPort(port: number): Promise<void> {
    const server = this.#server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: this.#options.listen.host, port, exclusive: true }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  }

  #newServer(): Server {
    const timeoutMs = this.#timeoutMs
    const server = createServer({
      maxHeaderSize: 8 * 1024,
      requireHostHeader: false, // the gate requires it, and answers as it answers everything
      headersTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      connectionsCheckingInterval: timeoutMs / 5,
    })
    server.maxConnections = MOST_CONNECTIONS
    server.timeout = 2 * timeoutMs
    server.on('request', (request, response) => void this.#serve(request, response)) // never rejects
    server.on('error', () => undefined) // a connection that cannot be accepted is not a reason to end
    server.on('clientError', (error, socket) => sendRawReply(socket, replyToNonsense(error)))
    return server
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined) // the visitor has gone
    try {
      sendReply(response, await this.#reply(request))
    } catch (error) {
      sendReply(response, this.#replyToFailure(error))
    }
  }

  async #reply(request: IncomingMessage): Promise<AdminReply> {
    const route = routeOf(request.url ?? '')
    const { refusal, isTrusted } = this.#gate.judge(visitOf(request, isPublic(route)), this.#clock.now())
    if (refusal !== undefined) {
      const remoteAddress = request.socket.remoteAddress
      this.#options.log.refused({ listener: 'admin', reason: 'not-allowed', remoteAddress })
      return refusal
    }
    if (route === undefined) return refused(404, 'there is nothing here; GET / says what there is')
    const methods = methodsOf(route)
    if (!methods.includes(request.method ?? '')) return notByThisMethod(methods)
    return within(answerRoute(this.#subject, route, isTrusted), this.#timeoutMs)
  }

  #replyToFailure(error: unknown): AdminReply {
    if (error instanceof DeadlinePassed) return refused(503, 'the server did not answer in time')
    this.#options.log.event({ event: 'bug', error })
    return refused(500, 'a bug; the log has more')
  }
}

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function notByThisMethod(methods: readonly string[]): AdminReply {
  return refused(405, `this takes ${methods.join(' and ')} only`, { allow: methods.join(', ') })
}

function replyToNonsense(error: NodeJS.ErrnoException): AdminReply {
  if (error.code === 'HPE_HEADER_OVERFLOW') return refused(431, 'the headers are too long')
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return refused(408, 'the request was not finished in time')
  return refused(400, 'this is no HTTP request')
}
