import { isIP, isIPv6 } from 'node:net'
import { isAbsolute } from 'node:path'

import type { ListenAddress } from '../settings.ts'
import { kind, type Kind, Unfit } from './kind.ts'

const HOST = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i
const LIKE_AN_ADDRESS = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i
const DIGITS = /^(?:0|[1-9]\d{0,4})$/
const SYSTEMD_NAME = /^[A-Za-z0-9_.-]{1,64}$/

/** What `sun_path` holds on every system, with its closing NUL. */
const LONGEST_SOCKET_PATH = 103

const LISTEN_SAYS = "'host:port', '[::1]:port', 'unix:/path' or 'systemd:name'"

/** Where a listener listens. Port 0 is any free one. */
export const LISTEN_ADDRESS: Kind<ListenAddress> = kind<ListenAddress>({
  says: LISTEN_SAYS,
  read: (given) => (typeof given === 'string' ? listenAddressOf(given) : undefined),
  json: { type: 'string', pattern: '^(unix:/.+|systemd:[A-Za-z0-9_.-]+|(\\[[^\\]]+\\]|[^:\\[\\]]+):\\d{1,5})$' },
})

/** Where the admin listener listens: never a Unix socket, since a browser must reach it. */
export const TCP_ADDRESS: Kind<{ readonly host: string; readonly port: number }> = kind({
  says: "'host:port' or '[::1]:port'",
  read: (given) => (typeof given === 'string' ? hostAndPortOf(given) : undefined),
  json: { type: 'string', pattern: '^(\\[[^\\]]+\\]|[^:\\[\\]]+):\\d{1,5}$' },
})

function listenAddressOf(text: string): ListenAddress | Unfit | undefined {
  if (text.startsWith('unix:')) return socketPathOf(text.slice('unix:'.length))
  if (!text.startsWith('systemd:')) return hostAndPortOf(text)
  const systemd = text.slice('systemd:'.length)
  return SYSTEMD_NAME.test(systemd) ? { systemd } : new Unfit('must have the name of a socket after systemd:')
}

function socketPathOf(path: string): ListenAddress | Unfit {
  if (!isAbsolute(path) || /\p{Cc}/u.test(path)) return new Unfit("must have an absolute path after 'unix:'")
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return { path }
  return new Unfit(`must have a path of at most ${LONGEST_SOCKET_PATH} bytes: no system takes a longer one`)
}

function hostAndPortOf(text: string): { host: string; port: number } | Unfit | undefined {
  const colon = text.lastIndexOf(':')
  if (colon === -1) return new Unfit("must have a port, as '127.0.0.1:6380'")
  const host = text.slice(0, colon)
  const port = text.slice(colon + 1)
  if (!DIGITS.test(port) || Number(port) > 65_535) return new Unfit('must have a port from 0 to 65535')
  if (host.startsWith('[') && host.endsWith(']')) return bracketed(host.slice(1, -1), Number(port))
  if (isIPv6(text) || host.includes(':')) return new Unfit("must have brackets around an IPv6 address, as '[::1]:6380'")
  return isHost(host) ? { host: host.toLowerCase(), port: Number(port) } : undefined
}

function bracketed(host: string, port: number): { host: string; port: number } | Unfit {
  if (isIPv6(host)) return { host, port }
  return new Unfit("must have an IPv6 address in its brackets, as '[::1]:6380'")
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true
  return host.length <= 253 && HOST.test(host) && !LIKE_AN_ADDRESS.test(host)
}
