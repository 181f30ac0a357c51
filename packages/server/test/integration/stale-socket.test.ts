import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { spawnSync } from 'node:child_process'

import { expect, test } from 'vitest'

import { clearStaleSocket } from '../../src/listener/stale-socket.ts'
import { TemporaryFolder } from '../fixtures/real/temporary-folder.ts'

/** A process that ends like this leaves its socket behind. */
const LEAVES_ITS_SOCKET =
  "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"

test('a socket that nobody listens at any more is removed', async () => {
  using folder = new TemporaryFolder()
  const path = folder.file('front.sock')
  spawnSync(process.execPath, ['-e', LEAVES_ITS_SOCKET, path])
  expect(existsSync(path)).toBe(true)

  await clearStaleSocket(path)

  expect(existsSync(path)).toBe(false)
})

test('a socket that somebody listens at stays', async () => {
  using folder = new TemporaryFolder()
  const path = folder.file('front.sock')
  await using server = createServer().listen(path)
  await once(server, 'listening')

  await clearStaleSocket(path)

  expect(existsSync(path)).toBe(true)
})

test('a file that is no socket stays, also behind a link', async () => {
  using folder = new TemporaryFolder()
  const [path, link] = [folder.file('notes.txt'), folder.file('link')]
  writeFileSync(path, 'not to be lost')
  symlinkSync(path, link)

  await clearStaleSocket(path)
  await clearStaleSocket(link)

  expect(readFileSync(path, 'utf8')).toBe('not to be lost')
  expect(existsSync(link)).toBe(true)
})

test('where nothing is there is nothing to remove', async () => {
  using folder = new TemporaryFolder()

  await expect(clearStaleSocket(folder.file('front.sock'))).resolves.toBeUndefined()
})
