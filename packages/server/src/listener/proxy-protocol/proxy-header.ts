/** What a proxy says of a connection that it passes on, in either version of the PROXY protocol. */
export interface ProxyHeader {
  readonly version: 'v1' | 'v2'
  /** Undefined: the proxy does not say, or speaks for itself (a health check). The connection's own addresses count. */
  readonly addresses: ProxyAddresses | undefined
  /** What else it says (v2), as it came. */
  readonly tlvs: readonly ProxyTlv[]
}

/** Where the connection came from and where it was going to. Both are of one family. */
export interface ProxyAddresses {
  readonly transport: 'stream' | 'datagram'
  readonly source: ProxyAddress
  readonly destination: ProxyAddress
}

/** An IP address in its canonical spelling, or the path of a Unix socket: '' for one without. */
export type ProxyAddress = IpAddress | { readonly path: string }

export interface IpAddress {
  readonly address: string
  readonly port: number
}

export interface ProxyTlv {
  readonly type: number
  readonly value: Uint8Array
}

/** What came is no PROXY header. */
export class ProxyHeaderError extends Error {
  override readonly name = 'ProxyHeaderError'
}
