import { inspect } from 'node:util'
import { expect, test } from 'vitest'

import { Secret } from './secret.ts'

const secret = new Secret('canary-5d1e')

test('a secret is not shown by whatever shows values', () => {
  const shown = [
    inspect(secret),
    inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
    JSON.stringify({ secret }),
    String(secret),
    Object.values(secret).join(),
    inspect(new Map([['token', secret]])),
  ]

  expect(shown.join('\n')).not.toContain('canary')
  expect(shown.slice(0, 3)).toEqual(['[redacted]', '{ deep: { secret: [redacted] } }', '{"secret":"[redacted]"}'])
})

test('a secret equals its text and nothing else', () => {
  expect(['canary-5d1e', 'canary-5d1', '', 'canary-5d1f', '[redacted]'].map((text) => secret.equals(text))).toEqual([
    true,
    false,
    false,
    false,
    false,
  ])
  expect(secret.reveal()).toBe('canary-5d1e')
})
