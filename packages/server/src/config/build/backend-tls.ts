import type { ConnectionOptions } from 'node:tls'

import type { BackendTlsEntry } from '../schema/upstream-section.ts'
import { certificateFile, keyFile } from './pem-files.ts'
import type { Place } from './place.ts'
import { SecretBytes } from './secret-bytes.ts'

/** TLS to the backends as the library takes it: the files are read now. */
export function backendTls(entry: BackendTlsEntry, place: Place): ConnectionOptions {
  const { servername, rejectUnauthorized } = entry
  requireBoth(entry, place)
  const ca = entry.ca === undefined ? undefined : certificateFile(entry.ca, place.in('ca'))
  const cert = entry.cert === undefined ? undefined : certificateFile(entry.cert, place.in('cert'))
  const key = entry.key === undefined ? undefined : keyFile(entry.key, cert, place.in('key'))
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key: hidden(key) }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  }
}

function requireBoth({ cert, key }: BackendTlsEntry, place: Place): void {
  if (cert !== undefined && key === undefined) place.refuseKey('must have a key for its cert')
  if (key !== undefined && cert === undefined) place.refuseKey('must have a cert for its key')
}

/** Its type knows only buffers; any bytes will do. */
function hidden(key: Buffer): Buffer {
  return new SecretBytes(key) as Uint8Array as Buffer
}
