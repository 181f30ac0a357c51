import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import type { AdminReply } from './admin-reply.ts'
import { PAGE_POLICY } from './index-page.ts'

/** On every answer: nothing is kept, guessed, framed or loaded by other pages. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

export function sendReply(response: ServerResponse, reply: AdminReply): void {
  response.writeHead(reply.status, headersOf(reply))
  response.end(reply.body) // Node leaves the body out of an answer to HEAD
}

/** For bytes that are no request: there is nothing to answer to, so the answer is written as it is and the socket closed. */
export function sendRawReply(socket: Duplex, reply: AdminReply): void {
  if (!socket.writable) return void socket.destroy()
  const headers = Object.entries({ ...headersOf(reply), connection: 'close' })
  const lines = [`HTTP/1.1 ${reply.status} Refused`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${reply.body}`, () => socket.destroy())
}

function headersOf({ type, body, headers }: AdminReply): Record<string, string> {
  return { ...SECURITY_HEADERS, 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...headers }
}
