import type { ConnectionOptions } from 'node:tls'

import { canonicalHost, HOST, hostAndPort } from './endpoint/host.ts'
import { parseAddress, redacted } from './endpoint/parse-text.ts'
import { copyTlsOptions, DEFAULT_TLS } from './endpoint/tls-options.ts'
import { requireUnixPath } from './endpoint/unix-path.ts'
import { requireUsableTls } from './endpoint/usable-tls.ts'
import { isObject } from './options/kind-rules.ts'
import { PORT } from './options/number-rules.ts'
import { readOptions, type Rules } from './options/read-options.ts'
import { brokenRule, invalidOptions, requireRule, type Rule } from './options/rule.ts'

/**
 * An endpoint as an object: `host` and `port`, or `path` for a Unix socket, never both. Nothing is guessed: a host
 * without a port is refused, and so is a port without a host.
 */
export interface EndpointObject {
  /** A host name in ASCII, an IPv4 address, or an IPv6 address without brackets. Capitals make no difference. */
  readonly host?: string
  /** A whole number from 1 to 65535; not a string. */
  readonly port?: number
  /**
   * The absolute path of a Unix socket, at most 107 bytes on Linux and 103 on macOS. Abstract sockets (a leading NUL)
   * are not supported.
   */
  readonly path?: string
  /**
   * `true` for TLS with defaults, or options for `tls.connect` (`servername`, `ca`, `cert`, `key`, `ALPNProtocols`, …).
   * They are tried out at once, so that a broken key is found here and not by a dial, and they are copied: changing the
   * object later changes nothing. What the endpoint or the pool sets (`host`, `port`, `path`, `socket`, `onread`,
   * `signal`, `allowHalfOpen`, `keepAlive`, `keepAliveInitialDelay`, `noDelay`) is refused.
   *
   * @default false
   */
  readonly tls?: boolean | ConnectionOptions
}

/**
 * What can be dialed: `'host:port'`, `'tcp://host:port'`, `'[::1]:6379'`, `'unix:/run/x.sock'`, `'tls://host:port'`, or
 * an object. Users, passwords, paths and queries of a URL are refused.
 */
export type EndpointLike = string | EndpointObject

/**
 * An endpoint after checking: exactly one of the two forms, frozen, and its text. Two spellings of one endpoint have
 * the same `text`: `'host:port'`, `'[::1]:port'`, `'tls://host:port'` or `'unix:/path'`.
 */
export type Endpoint =
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      readonly tls: ConnectionOptions | undefined
      readonly text: string
    }
  | {
      readonly kind: 'unix'
      readonly path: string
      readonly tls: ConnectionOptions | undefined
      readonly text: string
    }

const ANY: Rule = { says: 'anything', allows: () => true }

/** Host, path and tls have rules of their own, whose messages hide what may be secret. */
const RULES: Rules<EndpointObject> = { host: ANY, port: PORT, path: ANY, tls: ANY }

/**
 * Checks an endpoint and makes it canonical. Throws `INVALID_OPTIONS` with the rule that was broken and the value,
 * without any password in it. `option` is how the message calls it.
 */
export function parseEndpoint(given: EndpointLike, option = 'endpoint'): Endpoint {
  if (typeof given === 'string') return parseText(given, option)
  return parseObject(given, option)
}

/** The endpoint as it was given, in a frozen copy with only known names. Not checked as a whole. */
export function copyEndpoint(given: EndpointLike, option = 'endpoint'): EndpointLike {
  if (typeof given === 'string') return given
  const { tls, ...rest } = readEndpointObject(given, option)
  if (tls === undefined) return Object.freeze(rest)
  return Object.freeze({
    ...rest,
    tls: typeof tls === 'boolean' ? tls : (copyTlsOptions(`${option}.tls`, tls) ?? false),
  })
}

function parseText(text: string, option: string): Endpoint {
  const address = parseAddress(option, text)
  if (address.kind === 'unix') return unixEndpoint(address.path, undefined, `the path of ${option}`)
  return tcpEndpoint(address.host, address.port, address.kind === 'tls' ? DEFAULT_TLS : undefined)
}

function parseObject(given: EndpointObject, option: string): Endpoint {
  const { host, port, path, tls: tlsGiven } = readEndpointObject(given, option)
  const tls = copyTlsOptions(`${option}.tls`, tlsGiven)
  if (tls !== undefined) requireUsableTls(`${option}.tls`, tls)
  if (path !== undefined && host === undefined && port === undefined) return unixEndpoint(path, tls, `${option}.path`)
  if (path !== undefined) throw invalidOptions(`${option} must have a path, or a host and a port; got both`)
  if (host === undefined) throw invalidOptions(`${option}.host must be given (or a path); got undefined`)
  requireHost(host, option)
  if (port === undefined) throw invalidOptions(`${option}.port must be ${PORT.says}; got undefined`)
  return tcpEndpoint(host, port, tls)
}

function readEndpointObject(given: EndpointObject, option: string): EndpointObject {
  requireRule(option, given, { says: 'a string or an object', allows: isObject })
  return readOptions(given, RULES, option)
}

function requireHost(host: unknown, option: string): void {
  if (HOST.allows(host)) return
  throw brokenRule(`${option}.host`, HOST.says, typeof host === 'string' ? redacted(host) : host)
}

function tcpEndpoint(host: string, port: number, tls: ConnectionOptions | undefined): Endpoint {
  const canonical = canonicalHost(host)
  const address = hostAndPort(canonical, port)
  const text = tls === undefined ? address : `tls://${address}`
  return Object.freeze({ kind: 'tcp', host: canonical, port, tls, text })
}

function unixEndpoint(path: string, tls: ConnectionOptions | undefined, option: string): Endpoint {
  requireUnixPath(option, path)
  return Object.freeze({ kind: 'unix', path, tls, text: `unix:${path}` })
}
