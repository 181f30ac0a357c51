import { readFileSync } from 'node:fs'
import { Pool } from 'connpool'

export interface TlsFiles {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

export function securePool(host: string, port: number, files: TlsFiles): Pool {
  // #region tls
  const pool = new Pool({
    endpoint: {
      host,
      port,
      tls: {
        ca: readFileSync(files.authority), // whose certificates we trust, instead of the public ones
        cert: readFileSync(files.certificate), // who we are, if the server asks
        key: readFileSync(files.key),
      },
    },
  })
  // #endregion
  return pool
}
