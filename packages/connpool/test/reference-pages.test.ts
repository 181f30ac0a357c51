/** The reference is written by hand. This test knows every name it must not forget. */
import { readdirSync, readFileSync } from 'node:fs'
import { Lease, Pool, PoolManager, Upstream } from 'connpool'
import * as testing from 'connpool/testing'
import { describe, expect, test } from 'vitest'

const folder = new URL('../../../docs/reference/', import.meta.url)
const page = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const source = (name: string): string => readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8')
const everything = readdirSync(folder).map(page).join('\n')

/** The names after `export` in an entry, values and types. */
function exportsOf(entry: string): string[] {
  return [...source(entry).matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.replace('type ', '').trim())
      .filter((name) => name !== ''),
  )
}

/** The fields of an interface that stands in a source file. */
function fieldsOf(file: string, name: string): string[] {
  const [, body = ''] = new RegExp(`interface ${name}[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source(file)) ?? []
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, field = '']) => field)
}

function headingsOf(name: string): string[] {
  return [...page(name).matchAll(/^#+ `\[?([\w.]+)\]?(?:\(.*\))?`$/gm)].map(([, heading = '']) => heading)
}

function sectionOf(name: string, heading: string): string {
  const [, section = ''] = page(name).split(`\n## \`${heading}\`\n`)
  return section.split(/\n## /)[0] ?? ''
}

function methodsOf({ prototype }: { readonly prototype: object }): string[] {
  return Reflect.ownKeys(prototype)
    .filter((key) => key !== 'constructor' && isMember(Reflect.getOwnPropertyDescriptor(prototype, key)))
    .map((key) => (typeof key === 'symbol' ? nameOf(key) : key))
}

function isMember(property: PropertyDescriptor | undefined): boolean {
  return property?.get !== undefined || typeof property?.value === 'function'
}

/** Older versions of Node call `Symbol.dispose` by a name of their own. */
function nameOf({ description = '' }: symbol): string {
  return description.replace('nodejs.', 'Symbol.')
}

test.each([...exportsOf('index.ts'), ...exportsOf('testing.ts')])('the reference knows %s', (name) => {
  expect(everything).toMatch(new RegExp(`\\b${name}\\b`))
})

describe('a page has a heading for every member of', () => {
  test('Pool', () => {
    expect(headingsOf('pool.md')).toEqual(expect.arrayContaining(methodsOf(Pool)))
  })

  test('Upstream', () => {
    expect(headingsOf('upstream.md')).toEqual(expect.arrayContaining(methodsOf(Upstream)))
  })

  test('UpstreamOptions', () => {
    const options = fieldsOf('upstream/upstream-options.ts', 'UpstreamOptions')

    expect(options).toContain('endpoints')
    expect(headingsOf('upstream.md')).toEqual(expect.arrayContaining(options))
  })

  test('PoolManager', () => {
    expect(headingsOf('pool-manager.md')).toEqual(expect.arrayContaining(methodsOf(PoolManager)))
  })

  test('Lease', () => {
    expect(headingsOf('lease.md')).toEqual(expect.arrayContaining(methodsOf(Lease)))
  })

  test('PoolObserver', () => {
    expect(headingsOf('observer.md').toSorted()).toEqual(fieldsOf('observer.ts', 'PoolObserver').toSorted())
  })
})

describe('a table has a line for every', () => {
  test.each(fieldsOf('metrics/stats.ts', 'PoolStats'))('number of stats: %s', (name) => {
    expect(page('stats.md')).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
  })

  test('reason to close', () => {
    const [, table = ''] = page('stats.md').split('\n## `closed`\n')
    const listed = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, reason = '']) => reason)

    expect(listed.toSorted()).toEqual(Object.keys(new Pool({ endpoint: 'h:1' }).stats().closed).toSorted())
  })

  test.each(fieldsOf('manager/manager-stats.ts', 'PoolManagerStats'))('number of a manager: %s', (name) => {
    expect(page('pool-manager.md')).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'))
  })

  test.each(fieldsOf('manager/manager-options.ts', 'PoolManagerOptions'))('option of a manager: %s', (name) => {
    expect(page('pool-manager.md')).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
  })

  test.each([
    ['upstream.md', 'upstream/upstream-stats.ts', 'EndpointStats'],
    ['balancing.md', 'upstream/outlier-options.ts', 'OutlierOptions'],
    ['balancing.md', 'upstream/balance/balancer.ts', 'BalancedEndpoint'],
    ['balancing.md', 'upstream/balance/balancer.ts', 'PickRequest'],
    ['balancing.md', 'upstream/balance/balancer.ts', 'Balancer'],
    ['discovery.md', 'upstream/discovery/discovery.ts', 'UpstreamEndpoint'],
  ])('field in %s of what %s has as %s', (name, file, type) => {
    const fields = fieldsOf(file, type)

    expect(fields.length).toBeGreaterThan(2)
    expect(fields.filter((field) => !new RegExp(`^\\| \`${field}\\b`, 'm').test(page(name)))).toEqual([])
  })

  test.each(fieldsOf('pool/explain.ts', 'PoolExplanation'))('part of an explanation: %s', (name) => {
    expect(page('explain.md')).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
  })

  test.each(fieldsOf('metrics/histogram.ts', 'HistogramSnapshot'))('part of a histogram: %s', (name) => {
    expect(page('histograms.md')).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
  })

  test.each(source('metrics/channels.ts').match(/connpool:\w+/g) ?? [])('channel: %s', (name) => {
    expect(page('diagnostics-channels.md')).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
  })

  test.each([
    ['acquired', 'AcquiredEvent'],
    ['released', 'ReleasedEvent'],
    ['dialed', 'DialEvent'],
    ['closed', 'ClosedEvent'],
    ['probed', 'ProbedEvent'],
    ['waiting', 'WaitingEvent'],
    ['refused', 'RefusedEvent'],
    ['leaked', 'LeakEvent'],
    ['breaker', 'BreakerEvent'],
  ])('field of the event %s, a %s', (heading, event) => {
    const section = sectionOf('observer.md', heading)
    const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, field = '']) => field)

    expect(section).toContain(`\`${event}\``)
    expect(listed.toSorted()).toEqual(fieldsOf('observer.ts', event).toSorted())
  })

  test.each([
    ['testing/fake-clock.ts', testing.FakeClock],
    ['testing/fake-dialer.ts', testing.FakeDialer],
    ['testing/simulation.ts', testing.Simulation],
    ['testing/simulated-server.ts', testing.SimulatedServer],
    ['testing/seeded-random.ts', testing.SeededRandom],
  ])('member of what is in %s', (_file, fake) => {
    const missing = methodsOf(fake).filter((name) => !new RegExp(`\`${name}\\b`).test(page('testing.md')))

    expect(missing).toEqual([])
  })
})
