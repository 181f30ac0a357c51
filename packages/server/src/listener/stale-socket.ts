import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * Removes a Unix socket that nobody listens at any more: a server that was killed leaves its own behind. Any other file
 * stays: it refuses connections as well.
 */
export async function clearStaleSocket(path: string): Promise<void> {
  if ((await isSocket(path)) && (await isRefused(path))) await unlink(path)
}

async function isSocket(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isSocket() === true
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
