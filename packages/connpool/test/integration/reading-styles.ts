/** Every way in which people read from a socket, each as a function that resolves with the first `bytes` bytes. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import { deferred } from './loopback.ts'

export type ReadingStyle = (socket: Socket, bytes: number) => Promise<string>

export const readingStyles: Readonly<Record<string, ReadingStyle>> = {
  "on('data')": (socket, bytes) => collect(bytes, (take) => socket.on('data', take)),

  "once('data')": async (socket, bytes) => {
    const { promise, resolve } = deferred<Buffer>()
    socket.once('data', resolve)
    return exact(await promise, bytes)
  },

  "events.once('data')": async (socket, bytes) => {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return exact(chunk, bytes)
  },

  "on('readable') and read()": (socket, bytes) =>
    collect(bytes, (take) => {
      socket.on('readable', () => {
        for (let chunk = readFrom(socket); chunk !== null; chunk = readFrom(socket)) take(chunk)
      })
    }),

  "once('readable') and read()": async (socket, bytes) => {
    const { promise, resolve } = deferred<Buffer | null>()
    socket.once('readable', () => resolve(readFrom(socket)))
    return exact((await promise) ?? Buffer.alloc(0), bytes)
  },

  'for await': async (socket, bytes) => {
    const text: string[] = []
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text.push(String(chunk))
      if (text.join('').length >= bytes) break
    }
    return text.join('')
  },

  'pipe()': (socket, bytes) =>
    collect(bytes, (take) => {
      const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
        take(chunk)
        done()
      }
      socket.pipe(new Writable({ write }))
    }),

  'a listener, pause(), and resume() a turn later': async (socket, bytes) => {
    const text = collect(bytes, (take) => socket.on('data', take))
    socket.pause()
    await setImmediate()
    socket.resume()
    return text
  },

  'resume(), then a listener in the same turn': (socket, bytes) =>
    collect(bytes, (take) => {
      socket.resume()
      socket.on('data', take)
    }),
}

function collect(bytes: number, start: (take: (chunk: Buffer) => void) => void): Promise<string> {
  const { promise, resolve } = deferred<string>()
  let text = ''
  start((chunk) => {
    text += String(chunk)
    if (text.length >= bytes) resolve(text)
  })
  return promise
}

function exact(chunk: Buffer, bytes: number): string {
  if (chunk.length < bytes) throw new Error(`got ${chunk.length} of ${bytes} bytes at once`)
  return String(chunk)
}

function readFrom(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null
}
