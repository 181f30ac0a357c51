import { isIP } from 'node:net'
import { getSystemErrorName } from 'node:util'

import type { Endpoint, HookContext } from 'connpool'

import { HandlePort } from '../session/handle-port.ts'
import { type ConnectingHandle, type NodeHandles, nodeHandles } from '../session/node-handles.ts'
import type { BackendTuning } from './dial-backend.ts'

/** Where a handle can connect to by itself. */
export type AddressEndpoint = Extract<Endpoint, { readonly kind: 'tcp' }>

export function isAddress(endpoint: Endpoint): endpoint is AddressEndpoint {
  return endpoint.kind === 'tcp' && isIP(endpoint.host) !== 0
}

/** Dials with a bare handle, where there are any. Rejects as Node's sockets do, or with the signal's reason. */
export function dialHandle(
  endpoint: AddressEndpoint,
  tuning: BackendTuning,
  context: HookContext,
): Promise<HandlePort> {
  const handles = nodeHandles()
  if (handles === undefined) throw new Error('bug: there are no handles to dial with')
  return new Dial(handles, endpoint).begin(tuning, context)
}

class Dial {
  readonly #handles: NodeHandles
  readonly #endpoint: AddressEndpoint
  readonly #handle: ConnectingHandle
  #isOver = false
  #resolve: (port: HandlePort) => void = ignore
  #reject: (error: unknown) => void = ignore

  constructor(handles: NodeHandles, endpoint: AddressEndpoint) {
    this.#handles = handles
    this.#endpoint = endpoint
    this.#handle = handles.openTcp()
  }

  begin({ noDelay, keepAliveMs }: BackendTuning, context: HookContext): Promise<HandlePort> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      const errno = this.#connect()
      if (errno !== 0) return this.#fail(this.#errorOf(errno))
      if (noDelay) this.#handle.setNoDelay(true)
      if (keepAliveMs !== Infinity) this.#handle.setKeepAlive(true, Math.trunc(keepAliveMs / 1000))
      context.onAbort((reason) => this.#fail(reason))
    })
  }

  #connect(): number {
    const { host, port } = this.#endpoint
    const request = this.#handles.connectRequest()
    request.oncomplete = (status) => this.#completed(status)
    const handle = this.#handle
    return isIP(host) === 6 ? handle.connect6(request, host, port) : handle.connect(request, host, port)
  }

  /** Also called when it is closed before. */
  #completed(status: number): void {
    if (this.#isOver) return
    if (status !== 0) return this.#fail(this.#errorOf(status))
    const port = HandlePort.over(this.#handle)
    if (port === undefined) throw new Error('bug: handles were known a moment ago')
    this.#isOver = true
    this.#resolve(port)
  }

  #fail(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handle.close()
    this.#reject(reason)
  }

  #errorOf(errno: number): Error {
    const { host: address, port } = this.#endpoint
    const code = getSystemErrorName(errno)
    const message = `connect ${code} ${isIP(address) === 6 ? `[${address}]` : address}:${port}`
    return Object.assign(new Error(message), { code, errno, syscall: 'connect', address, port })
  }
}

function ignore(): void {}
