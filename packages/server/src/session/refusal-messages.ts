import type { RefusalReason } from '../refusal.ts'

const MESSAGES: Readonly<Record<RefusalReason, string>> = {
  'too-many-clients': 'too many clients',
  'too-many-from-address': 'too many clients from this address',
  'not-allowed': 'this address is not allowed',
  'proxy-header': 'the PROXY header is missing or malformed',
  tls: 'the TLS handshake failed',
  overloaded: 'the server is overloaded',
  'queue-full': 'too many requests are waiting',
  'queue-shed': 'overloaded, the request has waited too long for a connection',
  unavailable: 'no backend can be reached',
  timeout: 'the request has taken too long',
  'too-large': 'the request is too large',
  protocol: 'this is not a valid request',
  'backend-lost': 'the backend connection was lost, the request may have been carried out',
  'handler-failed': 'the handler has failed',
  draining: 'the server is shutting down',
}

/** What a client is told. */
export function messageOf(reason: RefusalReason): string {
  return MESSAGES[reason]
}
