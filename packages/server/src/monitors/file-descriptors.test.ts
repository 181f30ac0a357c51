import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'

import { fdLimit, openFds } from './file-descriptors.ts'

test.runIf(process.platform === 'linux')('a listening socket is one more file descriptor', async () => {
  const server = createServer()
  const before = openFds() ?? Number.NaN

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const after = openFds()
  await new Promise((resolve) => server.close(resolve))

  expect(before).toBeGreaterThan(3)
  expect(after).toBe(before + 1)
})

test.runIf(process.platform === 'linux')('where a folder has no size its entries are counted', () => {
  const folder = '/proc/sys/net'

  expect(openFds(folder)).toBe(readdirSync(folder).length)
})

test('what the system does not say is undefined', () => {
  expect(openFds('/nowhere/at/all')).toBeUndefined()
  expect(fdLimit('/nowhere/at/all')).toBeUndefined()
})

test.each([
  ['Max open files            1024                 524288               files     ', 1_024],
  ['Max open files            unlimited            unlimited            files     ', Infinity],
  ['Max processes             1024                 524288               processes ', undefined],
])('in %j the limit is %s', (line, limit) => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  const file = join(folder, 'limits')
  writeFileSync(file, `Limit                     Soft Limit           Hard Limit           Units     \n${line}\n`)

  const read = fdLimit(file)
  rmSync(folder, { recursive: true })

  expect(read).toBe(limit)
})
