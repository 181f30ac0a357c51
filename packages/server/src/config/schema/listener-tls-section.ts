import { DEFAULTS } from '../defaults.ts'
import type { Kind } from '../kinds/kind.ts'
import { list } from '../kinds/list.ts'
import { optional, withDefault } from '../kinds/optional.ts'
import { section } from '../kinds/section.ts'
import { FILE_PATH, HOST_PATTERN, oneOf } from '../kinds/words.ts'

export interface SniEntry {
  readonly names: readonly string[]
  readonly cert: string
  readonly key: string
}

export interface ListenerTlsEntry {
  readonly cert: string
  readonly key: string
  readonly ca: string | undefined
  readonly clientCertificates: 'none' | 'optional' | 'required'
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly sni: readonly SniEntry[]
}

const SNI = section<SniEntry>(
  { names: list(HOST_PATTERN, 'server names', 1), cert: FILE_PATH, key: FILE_PATH },
  {
    names: "The names it is for; '*.example.org' stands for one label.",
    cert: 'A PEM file with the certificate and those between it and its root.',
    key: 'A PEM file with its private key.',
  },
)

/** `tls` of a listener. */
export const LISTENER_TLS: Kind<ListenerTlsEntry> = section<ListenerTlsEntry>(
  {
    cert: FILE_PATH,
    key: FILE_PATH,
    ca: optional(FILE_PATH),
    clientCertificates: withDefault(oneOf('none', 'optional', 'required'), DEFAULTS.listener.tls.clientCertificates),
    minVersion: withDefault(oneOf('TLSv1.2', 'TLSv1.3'), DEFAULTS.listener.tls.minVersion),
    sni: withDefault(list(SNI, 'certificates'), []),
  },
  {
    cert: 'A PEM file with the certificate and those between it and its root.',
    key: 'A PEM file with its private key.',
    ca: 'A PEM file of who signs the certificates of clients.',
    clientCertificates: 'Whether clients are asked for a certificate, and whether they must have one.',
    minVersion: 'The oldest version of TLS that is spoken.',
    sni: 'Certificates for other names the clients may ask for.',
  },
)
