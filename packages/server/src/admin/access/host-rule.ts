import { isIP } from 'node:net'

import { isLoopback } from './loopback.ts'

/**
 * The host in a `Host` header, in small letters, without port and brackets; undefined: it is none. A page that has had its
 * name point to this machine (DNS rebinding) sends that name here.
 */
export function hostOf(header: string): string | undefined {
  const text = header.toLowerCase()
  const end = text.startsWith('[') ? text.indexOf(']') + 1 : lengthToPort(text)
  const host = text.startsWith('[') ? text.slice(1, end - 1) : text.slice(0, end)
  if (!isPort(text.slice(end))) return undefined
  if (text.startsWith('[')) return isIP(host) === 6 ? host : undefined
  return isName(host) ? host : undefined
}

/**
 * Asks: may a request with this `Host` be meant for a listener on `bound`? On loopback: loopback's names. Elsewhere any
 * address, which cannot be rebound, too. What the listener was told to listen on is always right.
 */
export function isHostMeant(host: string, bound: string): boolean {
  if (host === bound.toLowerCase() || isLoopback(host)) return true
  return !isLoopback(bound) && isIP(host) !== 0
}

function lengthToPort(text: string): number {
  const colon = text.indexOf(':')
  return colon === -1 ? text.length : colon
}

function isPort(text: string): boolean {
  return text === '' || /^:\d{1,5}$/.test(text)
}

function isName(host: string): boolean {
  return host.length <= 253 && /^[a-z0-9_.-]+$/.test(host)
}
