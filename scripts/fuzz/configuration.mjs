/** Configuration files: whatever they are, all that is wrong is told, with its place, and nothing of the environment. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

import { ConfigError } from '../../packages/server/dist/config/config-error.js'
import { describeDiff } from '../../packages/server/dist/config/diff/describe-diff.js'
import { diffConfig } from '../../packages/server/dist/config/diff/diff-config.js'
import { parseConfig } from '../../packages/server/dist/config/parse-config.js'

/** @import { FuzzTarget } from './targets.mjs' */

const EXAMPLES = new URL('../../examples/config/', import.meta.url)

/** The variables that the examples name. Only the last may be shown, by what works with it. */
const CANARY = 'canary-9f3e'
const env = { LISTEN_HOST: CANARY, REDIS_HOST: CANARY, ADMIN_TOKEN: CANARY, MAX_CLIENTS: '7', CANARY }

const PIECES = [
  '\n',
  '  ',
  ': ',
  '- ',
  '{ ',
  ' }',
  '[',
  ']',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '!!str ',
  '|\n',
  '? ',
  '---\n',
  '<<: ',
  '${CANARY}',
  '"${ADMIN_TOKEN}"',
  '$${',
  '${',
  'null',
  '.inf',
  '-1',
  '0x10',
  '1e400',
  'off',
  '5s',
  '64KiB',
  '__proto__: ',
  'constructor: ',
  'listeners: ',
  'upstreams: ',
  'pool: { minSize: 11 }',
  'token: ',
  'unix:/x',
  'systemd:a',
  '[::1]:1',
  '10.0.0.0/8',
  '\u2028',
  '\t',
]

/** @type {readonly FuzzTarget[]} */
export const configuration = [
  {
    name: 'configuration',
    samples: readdirSync(EXAMPLES).map((name) => readFileSync(new URL(name, EXAMPLES))),
    pieces: PIECES.map((text) => Buffer.from(text)),
    run: (input) => check(input.toString()),
  },
]

/** @param {string} text */
function check(text) {
  const read = readConfig(text)
  if (read instanceof ConfigError) {
    checkError(read, text)
    return 'refused'
  }
  const again = readConfig(text)
  assert.ok(!(again instanceof ConfigError), 'read again, it is refused')
  assert.deepEqual(describeDiff(diffConfig(read, again)), [], 'read again, it says something else')
  return 'taken'
}

/** @param {string} text */
function readConfig(text) {
  try {
    return parseConfig(text, { file: 'c.yaml', env })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

/**
 * @param {ConfigError} error
 * @param {string} text
 */
function checkError({ message, problems }, text) {
  assert.ok(problems.length > 0, 'it is refused for nothing')
  assert.ok(!message.includes(CANARY), 'the environment is told')
  const lines = text.split('\n')
  for (const { position } of problems) {
    assert.ok(position !== undefined, 'a problem has no place')
    assert.ok(position.line <= lines.length, 'a problem is beyond the last line')
    assert.ok(position.column <= (lines[position.line - 1]?.length ?? 0) + 1, 'a problem is beyond the end of its line')
  }
}
