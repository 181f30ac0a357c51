/**
 * Imports go one way. The linter knows the coarse rule and every cycle; this test knows every step, and names the
 * import that goes up.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src/', import.meta.url))

/** From the ground up. A folder may import from itself and from what stands in a line before its own. */
const layers: readonly (readonly string[])[] = [
  ['clock', 'metrics'],
  ['errors', 'stack-here'],
  ['observer', 'options'],
  ['endpoint'],
  ['dial', 'breaker', 'affinity'],
  ['health'],
  ['pool'],
  ['upstream'],
  ['manager'],
  ['testing'],
  ['index'],
]

/** `pool/lease.ts` is part of `pool`; `endpoint.ts` and `endpoint/host.ts` are both part of `endpoint`. */
function partOf(file: string): string {
  const [first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

function layerOf(part: string): number {
  const layer = layers.findIndex((parts) => parts.includes(part))
  if (layer === -1) throw new Error(`"${part}" has no layer yet: give it one in architecture.test.ts`)
  return layer
}

function mayImport(from: string, to: string): boolean {
  return from === to || layerOf(to) < layerOf(from)
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8')
  return [...text.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path))
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => relative('.', file))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))

test('no file imports from a layer above its own', () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !mayImport(partOf(file), partOf(imported)))
      .map((imported) => `${file} imports ${imported}`),
  )

  expect(upward).toEqual([])
})

test('the library depends on nothing but Node and itself', () => {
  const foreign = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/\bfrom '((?!node:|\.)[^']+)'/g)].map(
      ([, name = '']) => `${file} imports ${name}`,
    ),
  )

  expect(foreign).toEqual([])
})
