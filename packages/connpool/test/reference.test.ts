/** The reference is written by hand. This test knows what it must not forget, and the defaults it must not get wrong. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { DEFAULT_POOL_OPTIONS } from '../src/pool/default-options.ts'
import { POOL_OPTION_RULES } from '../src/pool/pool-option-rules.ts'
import { resolveOutlier } from '../src/upstream/outlier-options.ts'
import { resolveUpstreamOptions } from '../src/upstream/resolve-upstream-options.ts'

const page = (name: string): string => readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8')

/** The part of a page below the heading of one name, up to the next heading. */
function sectionOf(text: string, name: string): string {
  const [, section = ''] = text.split(`\n### \`${name}\`\n`)
  const [body = ''] = section.split(/\n##/)
  return body
}

describe('the page of options', () => {
  const options = page('options.md')

  test.each(Object.keys(POOL_OPTION_RULES))('says type and default of %s', (name) => {
    const section = sectionOf(options, name)

    expect(section).toContain('- **Type:** ')
    expect(section).toContain('- **Default:** ')
  })

  test.each(Object.keys(POOL_OPTION_RULES))('leads to %s from its table', (name) => {
    expect(options).toContain(`[\`${name}\`](#${name.toLowerCase()})`)
  })

  test.each(simpleDefaults())('knows that %s is by default %s', (name, value) => {
    expect(sectionOf(options, name)).toContain(`- **Default:** \`${value}\``)
  })

  test.each(['backoff', 'breaker'] as const)('knows every default of %s', (name) => {
    const section = sectionOf(options, name)

    for (const [key, value] of Object.entries(DEFAULT_POOL_OPTIONS[name])) {
      expect(section).toContain(`${key}: ${written(value)}`)
    }
  })
})

describe('the page of the upstream', () => {
  const upstream = page('upstream.md')
  const { panicRatio, slowStartMs, maxSize } = resolveUpstreamOptions({ endpoints: ['a:1'] })

  test.each(Object.entries({ panicRatio, slowStartMs, maxSize }))('knows that %s is by default %s', (name, value) => {
    expect(sectionOf(upstream, name)).toContain(`- **Default:** \`${written(value)}\``)
  })
})

describe('the page of balancing', () => {
  const [balancing = ''] = page('balancing.md').split('\n## A balancer of your own\n')
  const rows = new Map(
    [...balancing.matchAll(/^\| `([\w-]+)` +\|.*$/gm)].map(([row, name = '']) => [name, row.split('|')] as const),
  )

  test.each(Object.entries(resolveOutlier(undefined) ?? {}))('knows that %s is by default %s', (name, value) => {
    expect(rows.get(name)?.[3]?.trim()).toBe(`\`${written(value)}\``)
  })

  test('has a row for every policy and every state', () => {
    const source = (file: string): string => readFileSync(new URL(`../src/upstream/${file}`, import.meta.url), 'utf8')
    const [, policies = ''] = /type BalancePolicy = (.*)/.exec(source('balance/policies.ts')) ?? []
    const [, standings = ''] = /type Standing = (.*)/.exec(source('member.ts')) ?? []
    const names = [...`${policies} ${standings}`.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)

    expect(names).toEqual(expect.arrayContaining(['two-choices', 'ejected']))
    expect([...names, 'draining'].filter((name) => !rows.has(name))).toEqual([])
  })
})

describe('the page of errors', () => {
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(([, code = '']) => code)

  test('knows every code', () => {
    const headings = [...page('errors.md').matchAll(/^### `([A-Z_]+)`$/gm)].map(([, code = '']) => code)

    expect(codes).toContain('INVALID_OPTIONS')
    expect(headings.toSorted()).toEqual(codes.toSorted())
  })
})

function simpleDefaults(): [name: string, value: string][] {
  return Object.entries(DEFAULT_POOL_OPTIONS)
    .filter(([, value]) => typeof value !== 'object' && typeof value !== 'function' && value !== 'adaptive')
    .map(([name, value]) => [name, written(value)])
}

/** As a person writes it: thousands apart from 1 000 on, words in quotes. */
function written(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value !== 'number' || value === Infinity) return String(value)
  return value >= 1000 ? value.toLocaleString('en-US').replaceAll(',', '_') : String(value)
}
