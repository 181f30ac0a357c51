import { connect, type NetConnectOpts, type Socket } from 'node:net'

import { type Endpoint, type EndpointLike, type HookContext, parseEndpoint } from 'connpool'

import { HandlePort } from '../session/handle-port.ts'
import { nodeHandles, takeHandle } from '../session/node-handles.ts'
import type { Backend } from '../session/port-of.ts'
import { SocketPort } from '../session/socket-port.ts'
import { dialHandle, isAddress } from './dial-handle.ts'

export interface BackendTuning {
  readonly keepAliveMs: number
  readonly noDelay: boolean
}

/**
 * Dials a plain backend so that it reads into the process's shared buffer, and so that either side may end first. For the
 * pool's `dial` option; TLS backends are left to the pool's own dialer. `mustBeSocket` is asked at every dial.
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
    if (mustBeSocket() || nodeHandles() === undefined) return dialSocket(optionsOf(endpoint, tuning), context)
    return isAddress(endpoint) ? dialHandle(endpoint, tuning, context) : dialName(optionsOf(endpoint, tuning), context)
  }
}

function dialSocket(options: NetConnectOpts, context: HookContext): Promise<Backend> {
  const { socket } = SocketPort.opening((onread) => connect({ ...options, onread }))
  return connected(socket, context, (same) => same)
}

/** A name is looked up, and its addresses tried, by one of Node's sockets, which then gives its connection away. */
function dialName(options: NetConnectOpts, context: HookContext): Promise<Backend> {
  const dialed = connect(options).pause()
  dialed.on('error', ignore)
  return connected(dialed, context, (socket) => {
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
  const keepAlive = { keepAlive: keepAliveMs !== Infinity, keepAliveInitialDelay: Math.min(keepAliveMs, 2 ** 31 - 1) }
  return { host: endpoint.host, port: endpoint.port, allowHalfOpen: true, noDelay, ...keepAlive }
}

/** `take` is called before anything is read. */
function connected(socket: Socket, context: HookContext, take: (socket: Socket) => Backend): Promise<Backend> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off('connect', connects).off('close', closed)
      act()
    }
    const connects = (): void => settle(() => resolve(take(socket)))
    const closed = (): void => settle(() => reject(socket.errored ?? closedEarly()))
    socket.once('connect', connects).once('close', closed)
    context.onAbort((reason) => {
      if (!socket.connecting) return
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
