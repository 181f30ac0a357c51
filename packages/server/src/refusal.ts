/** Why the server itself answers instead of the backend. A closed set: it labels metrics and logs. */
export type RefusalReason =
  | 'too-many-clients' // maxClients
  | 'too-many-from-address' // maxClientsPerAddress
  | 'not-allowed' // allow, deny
  | 'proxy-header' // missing, malformed or late PROXY header
  | 'tls' // the handshake failed or was late
  | 'overloaded' // a monitor of this process: memory, event loop, file descriptors
  | 'queue-full' // the request queue, or the overflow queue of connections
  | 'queue-shed' // it waited for too long under overload, or went for the newest in a full queue
  | 'unavailable' // no endpoint can be reached
  | 'timeout' // requestTimeout
  | 'too-large' // a request longer than maxRequestSize
  | 'protocol' // bytes that are no request
  | 'backend-lost' // the connection ended after the request was written
  | 'handler-failed' // a handler threw
  | 'draining'

/** One refusal, for {@link FramedProtocol.refusal} to put into words. */
export interface Refusal {
  readonly reason: RefusalReason
  /** A sentence for people: no line breaks, no secrets. */
  readonly message: string
}
