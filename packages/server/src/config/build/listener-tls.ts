import type { ListenerTlsEntry } from '../schema/listener-tls-section.ts'
import type { CertificateSettings, ListenerTlsSettings } from '../settings.ts'
import { certificateFile, keyFile, locate } from './pem-files.ts'
import type { Place } from './place.ts'

/** TLS for clients: the files are tried out now, and read again by whoever uses them. */
export function listenerTls(entry: ListenerTlsEntry, place: Place): ListenerTlsSettings {
  const { ca, clientCertificates, minVersion, sni } = entry
  if (clientCertificates !== 'none' && ca === undefined) {
    place.refuseKey('must have a ca: who signs the certificates of clients')
  }
  if (clientCertificates === 'none' && ca !== undefined) {
    place.in('ca').refuseKey('must be absent without clientCertificates (optional or required)')
  }
  if (ca !== undefined) certificateFile(ca, place.in('ca'))
  checkNames(sni, place)
  return {
    ...certificateSettings(entry, place),
    sni: sni.map((each, index) => ({ ...certificateSettings(each, place.in('sni', index)), names: each.names })),
    clientCertificates,
    ca: ca === undefined ? undefined : locate(ca, place),
    minVersion,
  }
}

function certificateSettings({ cert, key }: CertificateSettings, place: Place): CertificateSettings {
  keyFile(key, certificateFile(cert, place.in('cert')), place.in('key'))
  return { cert: locate(cert, place), key: locate(key, place) }
}

function checkNames(sni: ListenerTlsEntry['sni'], place: Place): void {
  const seen = new Set<string>()
  for (const [index, { names }] of sni.entries()) {
    for (const [at, name] of names.entries()) {
      if (seen.has(name)) place.in('sni', index, 'names', at).refuse('must have one certificate, and has two')
      seen.add(name)
    }
  }
}
