import type { OpaqueProtocol } from './protocol.ts'
import { BOOLEAN, checkOptions } from './protocol-options.ts'

export interface TcpOptions {
  /**
   * The backend greets first, as MySQL, SMTP and SSH do. Its connections are then dialed on demand and not ahead, since a
   * greeting that waits is stale.
   *
   * @default false
   */
  readonly serverSpeaksFirst?: boolean | undefined
}

/**
 * Bytes of any kind, passed on as they are: each session has a backend connection to itself, which is closed after it.
 *
 * @throws ProtocolOptionError naming the option.
 */
export function tcp(options: TcpOptions = {}): OpaqueProtocol {
  checkOptions('tcp', options, { serverSpeaksFirst: BOOLEAN })
  return { name: 'tcp', pooling: 'session', serverSpeaksFirst: options.serverSpeaksFirst ?? false }
}
