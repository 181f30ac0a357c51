import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'

import type { Place } from './place.ts'

/** A bundle of all public certificate authorities has 220 KiB. */
const LONGEST_BYTES = 4 * 1024 * 1024

/** A file of certificates, tried out. Undefined when that is a problem, which is told at `place`. */
export function certificateFile(file: string, place: Place): Buffer | undefined {
  const pem = readPem(file, place)
  if (pem === undefined) return undefined
  if (isUsable(() => [new X509Certificate(pem), createSecureContext({ cert: pem })])) return pem
  place.refuse('must be a PEM file of certificates')
  return undefined
}

/** A file with the private key of a certificate, tried out with it. */
export function keyFile(file: string, certificate: Buffer | undefined, place: Place): Buffer | undefined {
  const pem = readPem(file, place)
  if (pem === undefined) return undefined
  if (!isUsable(() => createSecureContext({ key: pem }))) {
    place.refuse('must be a PEM file with a private key that has no passphrase')
    return undefined
  }
  if (certificate === undefined || isUsable(() => createSecureContext({ key: pem, cert: certificate }))) return pem
  place.refuse('must be the private key of the certificate in cert')
  return undefined
}

/** Where a file is that is named in the configuration. */
export function locate(file: string, { directory }: Place): string {
  return resolve(directory, file)
}

/** A pipe or a device would be read for ever. */
function readPem(file: string, place: Place): Buffer | undefined {
  try {
    const path = locate(file, place)
    const found = statSync(path)
    if (found.isFile() && found.size <= LONGEST_BYTES) return readFileSync(path)
    place.refuse(`must be the path of a file of at most ${LONGEST_BYTES} bytes`)
  } catch (error) {
    place.refuse(`must be the path of a file that can be read (${codeOf(error)})`)
  }
  return undefined
}

/** Node's errors are not told: they may quote what is in the file. */
function isUsable(tryOut: () => unknown): boolean {
  try {
    tryOut()
    return true
  } catch {
    return false
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'an error'
}
