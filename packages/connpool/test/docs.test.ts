/**
 * What stands in README and docs is true in two ways that a machine can check: every TypeScript block is a file in
 * `examples/`, or a region of one, which the tests run; and every link leads somewhere.
 *
 * A block names its source in the line that opens it: three backticks, `ts examples/src/using.ts#using`. Regions are
 * marked by `// #region using` and `// #endregion`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const filesIn = (folder: string, ending: string, recursive: boolean): string[] =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))

const pages = [
  ...filesIn('.', '.md', false),
  ...filesIn('docs', '.md', true),
  'bench/README.md',
  'packages/server/README.md',
]
const sources = filesIn('examples/src', '.ts', true)

interface Block {
  readonly page: string
  /** What follows the backticks. */
  readonly info: string
  readonly text: string
}

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ page, info, text })),
)
const typescript = blocks.filter(({ info }) => /^(ts|tsx|mts|cts|typescript)\b/.test(info))

/** The regions of a file by name, without their common indentation. */
function regionsOf(file: string): ReadonlyMap<string, string> {
  const regions = [...read(file).matchAll(/^ *\/\/ #region (\S+)\n([\s\S]*?)^ *\/\/ #endregion$/gm)]
  return new Map(regions.map(([, name = '', text = '']) => [name, dedent(text)]))
}

function dedent(text: string): string {
  const indents = [...text.matchAll(/^( *)\S/gm)].map(([, indent = '']) => indent.length)
  return text.replaceAll(new RegExp(`^ {${Math.min(...indents)}}`, 'gm'), '')
}

describe('a TypeScript block', () => {
  test.each(typescript.map(({ page, info, text }) => [page, info, text]))('in %s is %s', (_page, info, text) => {
    const [, file = '', region = ''] = /^ts (examples\/src\/[\w/.-]+\.ts)#([\w-]+)$/.exec(info) ?? []

    expect(sources).toContain(file)
    expect(regionsOf(file).get(region)).toBe(text)
  })

  test('stands for every region, so that none outlives its page', () => {
    const regions = sources.flatMap((file) => [...regionsOf(file).keys()].map((region) => `ts ${file}#${region}`))
    const shown = new Set(typescript.map(({ info }) => info))

    expect(regions.filter((region) => !shown.has(region))).toEqual([])
  })
})

/** As GitHub makes the anchor of a heading; of several alike the second is `-1`. */
function anchorsOf(page: string): string[] {
  const withoutBlocks = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
  const slugs = [...withoutBlocks.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-'),
  )
  return slugs.map((slug, index) => {
    const before = slugs.slice(0, index).filter((other) => other === slug).length
    return before === 0 ? slug : `${slug}-${before}`
  })
}

function linksOf(page: string): string[] {
  const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((to) => !/^https?:/.test(to))
}

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

test.each(pages)('every link of %s leads somewhere', (page) => {
  expect(linksOf(page).filter((link) => !isThere(page, link))).toEqual([])
})

test('every page of docs is reached from docs/README.md', () => {
  const listed = linksOf('docs/README.md').map((link) => join('docs', link.split('#')[0] ?? ''))

  const missing = filesIn('docs', '.md', true).filter((page) => page !== 'docs/README.md' && !listed.includes(page))
  expect(missing.filter((page) => !page.startsWith('docs/design/'))).toEqual([])
})

describe('what ARCHITECTURE.md names is there:', () => {
  const text = read('ARCHITECTURE.md')
  const named = (pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => match.slice(1))

  test('files and folders', () => {
    const packages = ['packages/connpool', 'packages/server'].flatMap((path) => [path, `${path}/src`, `${path}/test`])
    const places = ['', ...packages]
    const missing = named(/`([\w./-]*(?:\.(?:ts|mjs|json|md)|\/))`/g).filter(
      ([name = '']) => !places.some((place) => existsSync(join(root, place, name))),
    )

    expect(missing).toEqual([])
  })

  test.each([
    ['pool/pool-machine', /`PoolMachine\.(\w+)`/g],
    ['pool/pool-machine', /`(#\w+)(?:\(\))?`/g],
    ['pool/pool-wires', /`PoolWires\.(\w+)`/g],
    ['pool/pool', /`Pool\.(\w+)`/g],
    ['upstream/upstream-machine', /`UpstreamMachine\.(#?\w+)`/g],
    ['upstream/upstream', /`Upstream\.(\w+)`/g],
    ['upstream/selection', /`Selection\.(\w+)`/g],
  ])('methods of %s.ts, by %s', (file, pattern) => {
    const source = read(`packages/connpool/src/${file}.ts`)
    const methods = named(pattern).flat()

    expect(methods.length).toBeGreaterThan(0)
    expect(methods.filter((method) => !source.includes(`  ${method}(`))).toEqual([])
  })
})
