import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { cache, database, endpointsIn } from './discovery.ts'

test('names in DNS are sources of endpoints', () => {
  expect(cache).toHaveProperty('watch')
  expect(database).toHaveProperty('watch')
})

test('a file that changes is a source of endpoints', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'endpoints-'))
  const file = join(folder, 'endpoints')
  await writeFile(file, 'a:1\nb:2\n')
  const sets = endpointsIn(file, 1)

  const first = await sets.next()
  await writeFile(file, 'c:3')
  const second = await sets.next()
  await rm(folder, { recursive: true })
  const third = await sets.next()
  await sets.return(undefined)

  expect([first.value, second.value, third.value]).toEqual([['a:1', 'b:2'], ['c:3'], []])
})
