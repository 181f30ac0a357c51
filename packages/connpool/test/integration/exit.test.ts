/** What the connections of a process do to its end. Each test is a process of its own; it runs the built package. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

import { Loopback, until } from './loopback.ts'
import type { Pair } from './loopback.ts'

interface Child {
  readonly peer: Pair['peer']
  readonly output: () => string
  /** Resolves with its exit code and all it has said. */
  readonly end: Promise<{ code: number | null; output: string }>
}

const preamble = `
  import { dialEndpoint } from ${JSON.stringify(built('dial/dialer.js'))}
  import { LazyAbort } from ${JSON.stringify(built('dial/lazy-abort.js'))}
  import { SocketKeeper } from ${JSON.stringify(built('health/socket-keeper.js'))}
  const endpoint = { kind: 'tcp', host: '127.0.0.1', port: Number(process.argv[1]), tls: undefined, text: '' }
  const abort = new LazyAbort()
  const socket = await dialEndpoint(endpoint, { keepAliveMs: 60_000, noDelay: true, abort })
  const keeper = new SocketKeeper(socket, (why) => console.log('lost: ' + why))
`

function built(path: string): string {
  return new URL(`../../dist/${path}`, import.meta.url).href
}

/** Runs a program that has a `socket` and its `keeper`. */
async function run(loopback: Loopback, program: string): Promise<Child> {
  const argument = ['--input-type=module', '--eval', preamble + program, String(loopback.port)]
  const child = spawn(process.execPath, argument, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  const ended = once(child, 'close') as Promise<[number | null]>
  const end = ended.then(([code]) => ({ code, output }))
  const first = await Promise.race([loopback.nextPeer(), end])
  if (!('peer' in first)) throw new Error(`the process has ended before it connected: ${first.output}`)
  const { peer } = first
  return { peer, output: () => output, end }
}

describe('a process with one pooled connection', () => {
  test('ends by itself while the connection rests', async () => {
    await using loopback = await Loopback.listen('tcp')

    const child = await run(loopback, `keeper.rest()`)

    expect(await child.end).toEqual({ code: 0, output: '' })
  })

  test('ends by itself while the connection rests for a second time', async () => {
    await using loopback = await Loopback.listen('tcp')

    const child = await run(loopback, `keeper.rest(); keeper.wake(); keeper.rest()`)

    expect(await child.end).toEqual({ code: 0, output: '' })
  })

  const awake: Readonly<Record<string, string>> = {
    'is leased': '',
    'was woken': `keeper.rest(); keeper.wake()`,
    'was woken a turn later': `keeper.rest(); await new Promise((resolve) => setTimeout(resolve, 5)); keeper.wake()`,
    'was unref’ed by its last user and scrubbed': `socket.unref(); keeper.scrub()`,
    'rests, but is held': `keeper.rest(); keeper.wake(); keeper.unref(); keeper.ref()`,
  }

  test.each(Object.entries(awake))('goes on while the connection %s', async (_, prepare) => {
    await using loopback = await Loopback.listen('tcp')
    const program = `${prepare}
      console.log('ready')
      socket.once('data', (chunk) => { console.log('got ' + chunk); keeper.closeNow(() => console.log('closed')) })`

    const child = await run(loopback, program)
    await until(() => child.output() === 'ready\n')
    child.peer.write('a byte')

    expect(await child.end).toEqual({ code: 0, output: 'ready\ngot a byte\nclosed\n' })
  })

  test('goes on while the connection was forgotten, and ends when its owner closes it', async () => {
    await using loopback = await Loopback.listen('tcp')
    const program = `keeper.rest(); keeper.forget(); keeper.closeNow(() => console.log('not mine to close'))
      console.log('ready')
      socket.once('data', (chunk) => { console.log('got ' + chunk); socket.destroy() })`

    const child = await run(loopback, program)
    await until(() => child.output() === 'ready\n')
    child.peer.write('a byte')

    expect(await child.end).toEqual({ code: 0, output: 'ready\ngot a byte\n' })
  })
})

describe('a reset ends no process', () => {
  const states: Readonly<Record<string, readonly [program: string, says: string]>> = {
    'while the connection is leased': [``, 'lost: socket-error\n'],
    'while its user writes to it': [`setInterval(() => socket.write('x'), 1).unref()`, 'lost: socket-error\n'],
    'while it rests': [`keeper.rest(); keeper.ref()`, 'lost: socket-error\n'],
    'while it is scrubbed': [`keeper.scrub()`, 'lost: socket-error\n'],
    'while it closes gently': [`keeper.closeGently(() => console.log('closed'))`, 'closed\n'],
  }

  test.each(Object.entries(states))('%s', async (_, [program, says]) => {
    await using loopback = await Loopback.listen('tcp')
    const child = await run(loopback, `${program}\nconsole.log('ready')`)
    await until(() => child.output() === 'ready\n')

    child.peer.resetAndDestroy()

    expect(await child.end).toEqual({ code: 0, output: `ready\n${says}` })
  })

  test('nor does an error of a connection that was closed', async () => {
    await using loopback = await Loopback.listen('tcp')
    const program = `keeper.closeNow(() => { socket.emit('error', new Error('late')); console.log('alive') })`

    const child = await run(loopback, program)

    expect(await child.end).toEqual({ code: 0, output: 'alive\n' })
  })
})
