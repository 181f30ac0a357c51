import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

import { type Endpoint, type EndpointLike, type HookContext, parseEndpoint } from 'connpool'

import { HandlePort } from '../session/handle-port.ts'
import { nodeHandles, takeHandle } from '../session/node-handles.ts'
import type { Backend } from '../session/port-of.ts'
import { SocketPort } from '../session/socket-port.ts'
import { dialHandle, isAddress } from './dial-handle.ts'

/** Of timers, in milliseconds. */
const MOST_DELAY_MS = 2 ** 31 - 1

export interface BackendTuning {
  readonly keepAliveMs: number
  readonly noDelay: boolean
}

/**
 * Dials a backend so that either side may end first, and so that a plain one reads into the process's shared buffer. Whether
 * there is TLS is the endpoint's business: of one upstream some may have it, and those that are discovered or come with a
 * reload are not known before. For the pool's `dial` option. `mustBeSocket` is asked at every dial.
 */
export function backendDialer(
  tuning: BackendTuning,
  mustBeSocket: () => boolean = () => false,
): (context: HookContext) => Promise<Backend> {
  const parse = rememberingLast(parseEndpoint)
  return (context) => {
    const { endpoint: given } = context
    if (given === undefined) throw new Error('bug: a backend is dialed without an endpoint')
    const endpoint = parse(given)
    if (endpoint.tls !== undefined) return dialTls(endpoint, endpoint.tls, tuning, context)
    if (mustBeSocket() || nodeHandles() === undefined) return dialSocket(optionsOf(endpoint, tuning), context)
    return isAddress(endpoint) ? dialHandle(endpoint, tuning, context) : dialName(optionsOf(endpoint, tuning), context)
  }
}

function dialSocket(options: NetConnectOpts, context: HookContext): Promise<Backend> {
  const { socket } = SocketPort.opening((onread) => connect({ ...options, onread }))
  return connected(socket, 'connect', context, (same) => same)
}

/** It is secure when it is proved who the backend is. */
function dialTls(
  endpoint: Endpoint,
  tls: ConnectionOptions,
  tuning: BackendTuning,
  context: HookContext,
): Promise<Backend> {
  const servername = tls.servername ?? serverNameOf(endpoint)
  const dialed = connectTls({ ...tls, ...(optionsOf(endpoint, tuning) as ConnectionOptions), servername })
  dialed.on('error', ignore)
  return connected(dialed, 'secureConnect', context, (socket) => {
    socket.setNoDelay(tuning.noDelay)
    if (tuning.keepAliveMs !== Infinity) socket.setKeepAlive(true, Math.min(tuning.keepAliveMs, MOST_DELAY_MS))
    return socket
  })
}

/** RFC 6066 knows no addresses as names. Empty: none is sent, and the address must be in the certificate. */
function serverNameOf(endpoint: Endpoint): string {
  return endpoint.kind === 'tcp' && isIP(endpoint.host) === 0 ? endpoint.host : ''
}

/** A name is looked up, and its addresses tried, by one of Node's sockets, which then gives its connection away. */
function dialName(options: NetConnectOpts, context: HookContext): Promise<Backend> {
  const dialed = connect(options).pause()
  dialed.on('error', ignore)
  return connected(dialed, 'connect', context, (socket) => {
    const handle = takeHandle(socket)
    return (handle && HandlePort.over(handle)) ?? socket
  })
}

/** Most upstreams have one endpoint, and where every client gets a connection of its own it is read as often as they come. */
function rememberingLast(parse: (given: EndpointLike) => Endpoint): (given: EndpointLike) => Endpoint {
  let last: { readonly given: EndpointLike; readonly endpoint: Endpoint } | undefined
  return (given) => {
    if (last?.given !== given) last = { given, endpoint: parse(given) }
    return last.endpoint
  }
}

function optionsOf(endpoint: Endpoint, { keepAliveMs, noDelay }: BackendTuning): NetConnectOpts {
  if (endpoint.kind === 'unix') return { path: endpoint.path, allowHalfOpen: true }
  const keepAlive = { keepAlive: keepAliveMs !== Infinity, keepAliveInitialDelay: Math.min(keepAliveMs, MOST_DELAY_MS) }
  return { host: endpoint.host, port: endpoint.port, allowHalfOpen: true, noDelay, ...keepAlive }
}

/** `take` is called before anything is read. */
function connected(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  context: HookContext,
  take: (socket: Socket) => Backend,
): Promise<Backend> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    const settle = (act: () => void): void => {
      isSettled = true
      socket.off(readyEvent, ready).off('close', closed)
      act()
    }
    const ready = (): void => settle(() => resolve(take(socket)))
    const closed = (): void => settle(() => reject(socket.errored ?? closedEarly()))
    socket.once(readyEvent, ready).once('close', closed)
    context.onAbort((reason) => {
      if (isSettled) return
      socket.destroy()
      settle(() => reject(reason)) // oxlint-disable-line typescript/prefer-promise-reject-errors -- unchanged
    })
  })
}

function closedEarly(): Error {
  return Object.assign(new Error('The connection was closed before it was ready'), { code: 'ECONNRESET' })
}

/** Its close says why. */
function ignore(): void {}
