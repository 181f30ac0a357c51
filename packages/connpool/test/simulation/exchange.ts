import { Writable } from 'node:stream'

import type { SimulatedSocket } from '../../src/testing.ts'

/** The ways in which users of sockets read. */
export const READING_MODES = ['data', 'readable', 'iterate', 'pipe'] as const
export type ReadingMode = (typeof READING_MODES)[number]

type Take = (chunk: Buffer | string) => boolean
type Stop = () => void

/** Writes a line and resolves with the line that comes back; rejects when more comes, or the socket closes first. */
export function exchange(
  socket: SimulatedSocket,
  line: string,
  mode: ReadingMode,
  signal?: AbortSignal,
): Promise<string> {
  const heard = hear(socket, mode, signal)
  socket.write(`${line}\n`)
  return heard
}

/** Resolves with the next line. */
function hear(socket: SimulatedSocket, mode: ReadingMode, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (): void => {
      stop()
      socket.off('close', closed)
      signal?.removeEventListener('abort', closed)
    }
    const closed = (): void => {
      end()
      reject(new Error('the connection was closed before the reply'))
    }
    const take: Take = (chunk) => {
      text += chunk.toString()
      const lineEnd = text.indexOf('\n')
      if (lineEnd === -1) return false
      end()
      if (lineEnd === text.length - 1) resolve(text.slice(0, lineEnd))
      else reject(new Error(`more came than the reply: ${JSON.stringify(text)}`))
      return true
    }
    socket.once('close', closed)
    signal?.addEventListener('abort', closed, { once: true })
    const stop = MODES[mode](socket, take)
    if (socket.closed || signal?.aborted === true) closed()
  })
}

const MODES: Record<ReadingMode, (socket: SimulatedSocket, take: Take) => Stop> = {
  data: (socket, take) => {
    socket.on('data', take)
    return () => void socket.off('data', take)
  },
  readable: (socket, take) => {
    const read = (): void => {
      for (let chunk = readChunk(socket); chunk !== null; chunk = readChunk(socket)) if (take(chunk)) return
    }
    socket.on('readable', read)
    return () => void socket.off('readable', read)
  },
  pipe: (socket, take) => {
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        take(chunk)
        done()
      },
    })
    socket.pipe(sink)
    return () => void socket.unpipe(sink)
  },
  iterate: (socket, take) => {
    void iterate(socket, take)
    return () => undefined
  },
}

async function iterate(socket: SimulatedSocket, take: Take): Promise<void> {
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) if (take(chunk as Buffer)) return
  } catch {
    // The socket failed, which its 'close' tells too.
  }
}

function readChunk(socket: SimulatedSocket): Buffer | string | null {
  return socket.read() as Buffer | string | null
}
