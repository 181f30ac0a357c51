import type { ConnectionOptions } from 'node:tls'

/** An endpoint as an object. Either `host` and `port`, or `path` for a Unix socket. */
export interface EndpointObject {
  readonly host?: string
  readonly port?: number
  readonly path?: string
  /** `true` for TLS with defaults, or options for `tls.connect` (`servername`, `ca`, `cert`, `key`, `ALPNProtocols`, …). */
  readonly tls?: boolean | ConnectionOptions
}

/**
 * What can be dialed: `'host:port'`, `'[::1]:6379'`, `'unix:/run/x.sock'`, `'tls://host:port'`, or an object.
 */
export type EndpointLike = string | EndpointObject

/** An endpoint after checking: exactly one of the two forms, and its text. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: ConnectionOptions | undefined; readonly text: string }
  | { readonly kind: 'unix'; readonly path: string; readonly tls: ConnectionOptions | undefined; readonly text: string }
