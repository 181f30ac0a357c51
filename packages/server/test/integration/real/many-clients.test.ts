/** How many clients a process can have, and what becomes of it when it cannot open any more files. */
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { until } from '../../../../connpool/test/fixtures/until.ts'
import { fdLimit } from '../../../src/monitors/file-descriptors.ts'
import { Client } from '../../fixtures/client.ts'
import { ConnpoolProcess } from '../../fixtures/real/connpool-process.ts'
import { TemporaryFolder } from '../../fixtures/real/temporary-folder.ts'
import { echo, ScriptedBackend } from '../../fixtures/scripted-backend.ts'

/** What the test itself and the server need besides clients. */
const OTHER_FDS = 300
const AT_ONCE = 200

/** Where a process's limits can be changed while it runs. */
const onLinux = { skip: process.platform !== 'linux' }

describe('a process of the server', () => {
  let backend: ScriptedBackend
  let folder: TemporaryFolder
  const clients: Client[] = []
  const servers: ConnpoolProcess[] = []

  beforeEach(async () => {
    folder = new TemporaryFolder()
    backend = await ScriptedBackend.start(echo)
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client[Symbol.dispose]()
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]()
    await backend[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  function serving(maxClients: number, limits: { readonly fds?: number } = {}): ConnpoolProcess {
    const server = ConnpoolProcess.serving(folder, {
      listener: { protocol: 'lines', maxClients },
      upstream: { endpoints: [backend.endpoint], pool: { maxSize: 8 } },
      ...limits,
    })
    servers.push(server)
    return server
  }

  async function more(count: number, port: number): Promise<void> {
    for (let open = 0; open < count; open += AT_ONCE) {
      const wave = Array.from({ length: Math.min(AT_ONCE, count - open) }, () => Client.connect(port))
      clients.push(...(await Promise.all(wave)))
    }
  }

  test('serves 10,000 clients that were idle', async () => {
    const count = Math.min(10_000, (fdLimit() ?? 10_000 + OTHER_FDS) - OTHER_FDS)
    const server = serving(count)
    const port = await server.port()
    const before = rssKiB(server.pid)
    await more(count, port)
    const each = (rssKiB(server.pid) - before) / count

    for (let first = 0; first < count; first += AT_ONCE) {
      const wave = clients.slice(first, first + AT_ONCE)
      for (const one of wave) one.send('hello\n')
      await until('they are served', () => wave.every(({ text }) => text === 'hello\n'), 20_000)
    }

    expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
    process.stdout.write(`${count} idle clients: ${each.toFixed(1)} KiB of RSS each\n`)
  }, 60_000)

  test('does not start when it may need more files than it may open', async () => {
    const server = serving(100, { fds: 160 })

    expect(await server.ended()).toBe(2)
    expect(server.complained).toContain(
      'error: 172 file descriptors are needed (maxClients 100, backend connections 8, 64 for the rest), but this process ' +
        'may open 160: raise the limit (ulimit -n 172; ',
    )
    expect(server.complained).toContain('or lower maxClients to 88')
  })

  test('does not even load when it may open less than Node needs for that, and says so', async () => {
    const server = serving(100, { fds: 60 })

    expect(await server.ended()).toBe(2)
    expect(server.complained).toBe(
      'error: at least 128 file descriptors are needed, but this process may open 60: raise the limit (ulimit -n 128)\n',
    )
  })

  test(
    'with none left it goes on serving who is in, and lets others in when there are some again',
    onLinux,
    async () => {
      const server = serving(100, { fds: 200 })
      const port = await server.port()
      await more(20, port)
      for (const one of clients) expect(await one.ask('hello\n')).toBe('hello\n')

      limitFds(server.pid, 40)
      const late = await Promise.all(Array.from({ length: 30 }, () => Client.connect(port)))
      clients.push(...late)
      expect(await server.logs('overloaded')).toContain('"order":"stop"')
      for (const one of clients.slice(0, 20)) expect(await one.ask('still there?\n')).toBe('still there?\n')

      limitFds(server.pid, 200)
      await until('others come in again', async () => await isServed(port), 20_000)
    },
  )

  async function isServed(port: number): Promise<boolean> {
    await delay(50)
    const one = await Client.connect(port).catch(() => undefined)
    if (one === undefined) return false
    clients.push(one)
    one.send('hello\n')
    await until('it is answered or sent away', () => one.text.includes('\n') || one.isClosed || one.hasEnded)
    return one.text === 'hello\n'
  }
})

function limitFds(pid: number, soft: number): void {
  execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${soft}:`])
}

function rssKiB(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`]).toString())
}
