import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'

import type { CertificateSettings, ListenerTlsSettings } from '../config/settings.ts'

/** The certificates of a listener, read and tried. */
export interface SecureContexts {
  /** Of the certificate for whoever asks for no known name, and of all handshakes. */
  readonly options: SecureContextOptions
  /** What stands in all the files, to tell whether it has changed. */
  readonly pems: readonly SecureContextOptions[]
  of(serverName: string): SecureContext
}

/** @throws what is wrong with a file, naming it. */
export function secureContexts(settings: ListenerTlsSettings): SecureContexts {
  // Of all of them: a server that is given another certificate forgets what it is not told again.
  const common = {
    minVersion: settings.minVersion,
    ...(settings.ca !== undefined && { ca: readFileSync(settings.ca) }),
  }
  const options = { ...pemOf(settings), ...common }
  const usual = contextOf(settings, options)
  const pems = [options]
  const byName = new Map<string, SecureContext>()
  for (const certificate of settings.sni) {
    const pem = { ...pemOf(certificate), ...common }
    const context = contextOf(certificate, pem)
    pems.push(pem)
    for (const name of certificate.names) byName.set(name.toLowerCase(), context)
  }
  return { options, pems, of: (name) => byName.get(name.toLowerCase()) ?? byName.get(wildcardOf(name)) ?? usual }
}

function pemOf({ cert, key }: CertificateSettings): SecureContextOptions {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

function contextOf({ cert, key }: CertificateSettings, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    throw new Error(`The certificate ${cert} and the key ${key} cannot be used: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** `a.example.org` is covered by `*.example.org`. */
function wildcardOf(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? '' : `*${name.slice(dot).toLowerCase()}`
}
