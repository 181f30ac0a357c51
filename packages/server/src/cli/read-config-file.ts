import { readFileSync, statSync } from 'node:fs'

import { UsageError } from './usage-error.ts'

const LONGEST_BYTES = 4 * 1024 * 1024

/**
 * The text of a configuration file.
 *
 * @throws UsageError when it cannot be read.
 */
export function readConfigFile(file: string): string {
  try {
    const found = statSync(file)
    if (found.isFile() && found.size <= LONGEST_BYTES) return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`)
  }
  throw new UsageError(`${file} is no configuration: it must be a file of at most ${LONGEST_BYTES} bytes`)
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error'
  return code === 'ENOENT' ? 'there is no such file (ENOENT)' : code
}
