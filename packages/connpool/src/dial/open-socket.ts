import { connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

import type { Endpoint } from '../endpoint.ts'

/** A socket under way, and the event that says it can be used. */
export interface OpeningSocket {
  readonly socket: Socket
  readonly readyEvent: 'connect' | 'secureConnect'
}

/** Starts to connect. What is wrong with TLS options throws here, before anything is opened. */
export function openSocket(endpoint: Endpoint): OpeningSocket {
  const address = addressOf(endpoint)
  if (endpoint.tls === undefined) return { socket: connectTcp(address), readyEvent: 'connect' }
  return { socket: connectTls(secured(endpoint.tls, address)), readyEvent: 'secureConnect' }
}

type Address = { readonly host: string; readonly port: number } | { readonly path: string }

function addressOf(endpoint: Endpoint): Address {
  switch (endpoint.kind) {
    case 'tcp':
      return { host: endpoint.host, port: endpoint.port }
    case 'unix':
      return { path: endpoint.path }
  }
}

/** Options that `tls.connect` takes but an endpoint may not set; some of them are not in its type. */
const NOT_FOR_THE_USER = {
  host: undefined,
  port: undefined,
  path: undefined,
  socket: undefined,
  onread: undefined,
  signal: undefined,
  allowHalfOpen: false,
}

/**
 * The endpoint alone says where to connect; each dial has a transport of its own and reads into the stream's buffer,
 * which is what a release is checked against.
 */
function secured(tls: ConnectionOptions, address: Address): ConnectionOptions {
  return { ...tls, ...NOT_FOR_THE_USER, ...address, servername: tls.servername ?? serverNameOf(address) }
}

/** Node sends no server name of its own accord, and RFC 6066 knows no addresses as names. Empty: send none. */
function serverNameOf(address: Address): string {
  return 'host' in address && isIP(address.host) === 0 ? address.host : ''
}
