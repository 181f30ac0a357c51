/**
 * What users leave behind on a socket that is otherwise clean. Each does it and calls `release` at the very moment a
 * careless user would; the peer helps where bytes are needed.
 */
import type { Socket } from 'node:net'
import { PassThrough, Writable } from 'node:stream'

import type { Pair } from './loopback.ts'

export type Leftover = (pair: Pair, release: () => void) => void

function readAll(socket: Socket): void {
  while (socket.read() !== null);
}

function blackHole(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

const nothing = (): void => undefined

export const leftovers: Readonly<Record<string, Leftover>> = {
  nothing: (_, release) => release(),

  'a data listener': ({ client }, release) => {
    client.on('data', nothing)
    release()
  },
  'a data listener that read and was removed': ({ client, peer }, release) => {
    client.once('data', release)
    peer.write('a')
  },
  'a data listener, removed by removeAllListeners(name)': ({ client, peer }, release) => {
    client.on('data', () => {
      client.removeAllListeners('data')
      release()
    })
    peer.write('a')
  },
  'a data listener that came and went, and a resume() of the same turn': ({ client }, release) => {
    client.on('data', nothing).off('data', nothing)
    client.resume()
    release()
  },
  'resume()': ({ client }, release) => {
    client.resume()
    setImmediate(release)
  },
  'pause()': ({ client }, release) => {
    client.pause()
    release()
  },
  'pause() of a turn ago': ({ client }, release) => {
    client.on('data', nothing)
    client.pause()
    setImmediate(release)
  },
  'pause() and resume() in one turn': ({ client }, release) => {
    client.pause()
    client.resume()
    release()
  },
  'a readable listener': ({ client }, release) => {
    client.on('readable', nothing)
    release()
  },
  'a readable listener of a turn ago': ({ client }, release) => {
    client.on('readable', nothing)
    setImmediate(release)
  },
  'a readable listener that read and is still there': ({ client, peer }, release) => {
    client.on('readable', () => {
      if (client.readableLength === 0) return
      readAll(client)
      release()
    })
    peer.write('a')
  },
  "once('readable'), read, released in the callback": ({ client, peer }, release) => {
    client.once('readable', () => {
      readAll(client)
      release()
    })
    peer.write('a')
  },
  "once('readable'), read, resume(), released in the callback": ({ client, peer }, release) => {
    client.once('readable', () => {
      readAll(client)
      client.resume()
      release()
    })
    peer.write('a')
  },
  "once('readable') and a data listener in the same turn": ({ client, peer }, release) => {
    client.once('readable', () => {
      readAll(client)
      client.on('data', nothing)
      release()
    })
    peer.write('a')
  },
  'a readable listener, removed by removeAllListeners(name) just now': ({ client }, release) => {
    client.on('readable', nothing)
    client.removeAllListeners('readable')
    release()
  },
  'an iterator nobody goes on with': ({ client, peer }, release) => {
    const iterator = client[Symbol.asyncIterator]()
    void iterator.next().then(release)
    peer.write('a')
  },
  'an iterator that was left': ({ client, peer }, release) => {
    const iterator = client.iterator({ destroyOnReturn: false })
    void iterator.next().then(async () => {
      await iterator.return?.()
      release()
    })
    peer.write('a')
  },
  'a pipe': ({ client, peer }, release) => {
    client.pipe(blackHole())
    client.once('data', release)
    peer.write('a')
  },
  'a pipe that waits for its destination to drain': ({ client, peer }, release) => {
    client.pipe(new PassThrough({ highWaterMark: 1 }))
    client.once('data', release)
    peer.write('aaa')
  },
  'two pipes': ({ client, peer }, release) => {
    client.pipe(new PassThrough({ highWaterMark: 1 }))
    client.pipe(blackHole())
    client.once('data', release)
    peer.write('aaa')
  },
  'a pipe that was undone': ({ client }, release) => {
    const sink = blackHole()
    client.pipe(sink)
    client.unpipe(sink)
    release()
  },
  'a pipe into it that was undone': ({ client }, release) => {
    const source = new PassThrough()
    source.pipe(client)
    source.unpipe(client)
    release()
  },
  'a time-out with a listener': ({ client }, release) => {
    client.setTimeout(1, nothing)
    release()
  },
  'unref()': ({ client }, release) => {
    client.unref()
    release()
  },
  'another default encoding': ({ client }, release) => {
    client.setDefaultEncoding('latin1')
    release()
  },
  'other socket options': ({ client }, release) => {
    client.setNoDelay(false)
    client.setKeepAlive(true, 5000)
    release()
  },
  'a dozen listeners of all kinds': ({ client }, release) => {
    for (const name of ['end', 'error', 'close', 'drain', 'finish', 'timeout', 'pause', 'resume', 'anything']) {
      client.on(name, nothing).once(name, nothing).prependListener(name, nothing)
    }
    release()
  },
  'a listener for removed listeners': ({ client }, release) => {
    client.on('removeListener', nothing)
    client.on('data', nothing)
    release()
  },
}
