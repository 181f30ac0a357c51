/** A small round of `npm run fuzz`: every target, from a seed that is printed; and a target that must fail. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { howMany } from '../../connpool/test/how-many.ts'

const INPUTS = howMany({ quick: 2_000, full: 20_000 })

const script = fileURLToPath(new URL('../../../scripts/fuzz.mjs', import.meta.url))

function fuzz(...parameters: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...parameters], { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

test('nothing that can be sent does what none may', { timeout: 180_000 }, () => {
  const { status, output } = fuzz('--inputs', `${INPUTS}`)

  expect(output).not.toContain('failed')
  expect(status).toBe(0)
  expect(output).toMatch(new RegExp(`^seed \\d+, ${INPUTS} inputs each\nproxy-v1: `))
})

test('a planted mistake is found, and the input that is printed shows it again', () => {
  const found = fuzz('--target', 'canary', '--inputs', '20000', '--seed', '1')
  const [, input = 'none'] = /--input ([\da-f]+)/.exec(found.output) ?? []
  const again = fuzz('--target', 'canary', '--input', input)

  expect([found.status, again.status]).toEqual([1, 1])
  expect(again.output).toContain(`--input ${input}`)
})

test.each([
  [['--target', 'nothing'], 'no target begins with "nothing". Targets: proxy-v1, '],
  [['--inputs', 'many'], '--inputs must be a whole number, got "many"'],
])('%j is refused', (parameters, message) => {
  const { status, output } = fuzz(...parameters)

  expect(status).toBe(2)
  expect(output).toContain(message)
})
