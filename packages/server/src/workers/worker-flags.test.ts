import { expect, test } from 'vitest'

import { workerFlags } from './worker-flags.ts'

test('a worker has the flags of its primary', () => {
  expect(workerFlags(['--max-old-space-size=100', '--enable-source-maps'])).toEqual([
    '--max-old-space-size=100',
    '--enable-source-maps',
  ])
})

test('a worker has no debugger', () => {
  expect(workerFlags(['--inspect-brk=127.0.0.1:9229', '--no-warnings', '--inspect'])).toEqual(['--no-warnings'])
})

test.each([
  [['--input-type=module', '--eval', 'start()']],
  [['-e', 'start()']],
  [['-pe', 'start()']],
  [['--eval=start()']],
  [['-p', '--inspect']],
])('a worker does not run what was typed: %o', (typed) => {
  expect(workerFlags([...typed, '--no-warnings'])).toEqual(['--no-warnings'])
})
