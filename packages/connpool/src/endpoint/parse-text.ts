import { isIPv6 } from 'node:net'

import { describeValue } from '../options/describe-value.ts'
import { invalidOptions } from '../options/rule.ts'
import { isNameOrIPv4 } from './host.ts'

/** Where a text points to, before it is made canonical. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'tls'; readonly host: string; readonly port: number }

const SCHEME = /^([^/?#@]*:)\/\//
const BRACKETED = /^\[([^\]]*)\](?::(.*))?$/
const PORT = /^[1-9]\d{0,4}$/

/** Takes a text apart. `unix:` is followed by a path, which is not checked here. */
export function parseAddress(option: string, text: string): Address {
  if (text === '') throw malformed(option, "be 'host:port'", text)
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) }
  if (/[\p{Cc}\s]/u.test(text)) throw malformed(option, 'have no space and no control characters', text)
  const scheme = SCHEME.exec(text)?.[0] ?? ''
  const kind = kindOf(option, scheme, text)
  return { kind, ...parseHostAndPort(option, text.slice(scheme.length), text) }
}

/** Shown without what may be secret: a user and password before `@`, and a query. */
export function redacted(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '?***')
}

function kindOf(option: string, scheme: string, text: string): 'tcp' | 'tls' {
  if (scheme === '' || scheme === 'tcp://') return 'tcp'
  if (scheme === 'tls://') return 'tls'
  throw malformed(option, 'begin with tcp://, tls:// or unix:, or be host:port', text)
}

function parseHostAndPort(option: string, rest: string, text: string): { host: string; port: number } {
  if (rest.includes('@')) throw malformed(option, 'have no user and no password', text)
  if (/[/?#]/.test(rest)) throw malformed(option, 'end after the port', text)
  const { host, port } = rest.startsWith('[') ? splitBracketed(option, rest, text) : splitPlain(option, rest, text)
  if (!PORT.test(port) || Number(port) > 65_535) throw malformed(option, 'have a port from 1 to 65535', text)
  return { host, port: Number(port) }
}

function splitBracketed(option: string, rest: string, text: string): { host: string; port: string } {
  const [, host = '', port] = BRACKETED.exec(rest) ?? []
  if (!isIPv6(host)) throw malformed(option, "have an IPv6 address in its brackets, as '[::1]:6379'", text)
  if (port === undefined) throw malformed(option, "have a port, as '[::1]:6379'", text)
  return { host, port }
}

function splitPlain(option: string, rest: string, text: string): { host: string; port: string } {
  const [host = '', port, ...more] = rest.split(':')
  if (looksLikeIPv6(rest)) throw malformed(option, "have brackets around its IPv6 address, as '[::1]:6379'", text)
  if (more.length > 0) throw malformed(option, "be 'host:port' with one colon", text)
  if (port === undefined) throw malformed(option, "have a port, as 'localhost:6379'", text)
  if (host === '') throw malformed(option, 'have a host before its port', text)
  if (!isNameOrIPv4(host)) throw malformed(option, 'have an ASCII host name or an IP address before its port', text)
  return { host, port }
}

/** `::1:6379` may be an address with or without a port: nobody can tell. */
function looksLikeIPv6(rest: string): boolean {
  return /^[\da-f.]*:[\da-f.]*:[\da-f.:]*(?:%.*)?$/i.test(rest)
}

function malformed(option: string, rule: string, text: string): Error {
  return invalidOptions(`${option} must ${rule}; got ${describeValue(redacted(text))}`)
}
