import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../../scripts/mutants.mjs', import.meta.url))

test('every bug that can be planted has its place in the sources', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--list'])

  expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(400)
})
