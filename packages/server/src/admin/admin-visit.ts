import type { IncomingMessage } from 'node:http'

import type { Visit } from './access/gate.ts'

/** What the gate must know of a request. */
export function visitOf(request: IncomingMessage, isPublic: boolean): Visit {
  const { headers, headersDistinct } = request
  return {
    hosts: headersDistinct['host'] ?? [],
    origin: headers.origin,
    secFetchSite: headersDistinct['sec-fetch-site']?.join(),
    authorization: headers.authorization,
    remoteAddress: request.socket.remoteAddress ?? '',
    isPublic,
    hasBody: headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0',
  }
}
