import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What a program says its version is, on whichever stream; undefined: there is none of that name. */
export async function programVersion(command: string, flag: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [flag])
    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'unknown'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
