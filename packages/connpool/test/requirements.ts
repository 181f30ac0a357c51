/**
 * What some tests need from the machine they run on. Where it is missing, these tests are skipped and the last lines of
 * the run say which, and why; with `CONNPOOL_REQUIRE_ALL=1`, as in CI, the same skip is a failure.
 *
 * ```ts
 * describe('a real Redis', needs('redis-server'), () => { … })
 * ```
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestOptions } from 'vitest'

export type Requirement =
  'redis-server' | 'memcached' | 'haproxy' | 'nginx' | 'postgresql' | 'openssl' | 'network-namespaces'

declare module 'vitest' {
  interface TaskMeta {
    /** What this test needs and does not find here. Set by `requirements.ts`, read by `skip-report.ts`. */
    missing?: readonly Requirement[]
  }
}

/** How to get what is missing, for people. */
export const howToGet: Readonly<Record<Requirement, string>> = {
  'redis-server': 'install redis-server (Debian: apt-get install redis-server; macOS: brew install redis)',
  memcached: 'install memcached (Debian: apt-get install memcached; macOS: brew install memcached)',
  haproxy: 'install haproxy (Debian: apt-get install haproxy; macOS: brew install haproxy)',
  nginx: 'install nginx (Debian: apt-get install nginx-light; macOS: brew install nginx)',
  postgresql: 'install postgresql (Debian: apt-get install postgresql; macOS: brew install postgresql)',
  openssl: 'install openssl (Debian: apt-get install openssl)',
  'network-namespaces': 'run as root on Linux with iproute2 and nftables (Debian: apt-get install iproute2 nftables)',
}

const isHere: Readonly<Record<Requirement, () => boolean>> = {
  'redis-server': () => runs('redis-server', '--version'),
  memcached: () => runs('memcached', '--version'),
  haproxy: () => runs('haproxy', '-v'),
  nginx: () => runs('nginx', '-v'),
  postgresql: () => runs(postgresProgram('initdb'), '--version'),
  openssl: () => runs('openssl', 'version'),
  'network-namespaces': mayMakeNamespaces,
}

/** Debian keeps the programs of each version in a folder of its own, where no shell looks. */
export function postgresProgram(name: string): string {
  const versions = '/usr/lib/postgresql'
  const newest = existsSync(versions) ? readdirSync(versions).toSorted().at(-1) : undefined
  return newest === undefined ? name : join(versions, newest, 'bin', name)
}

const known = new Map<Requirement, boolean>()

/** Options for `describe` or `test`: skipped, and reported, unless all of these are here. */
export function needs(...requirements: readonly Requirement[]): TestOptions {
  const missing = missingOf(requirements)
  return missing.length === 0 ? {} : { skip: true, meta: { missing } }
}

function missingOf(requirements: readonly Requirement[]): Requirement[] {
  const missing = requirements.filter((requirement) => !isAvailable(requirement))
  if (missing.length > 0 && process.env['CONNPOOL_REQUIRE_ALL'] === '1') {
    const facts = missing.map((requirement) => `${requirement}: ${howToGet[requirement]}`)
    throw new Error(`CONNPOOL_REQUIRE_ALL is set and something these tests need is missing.\n${facts.join('\n')}`)
  }
  return missing
}

function isAvailable(requirement: Requirement): boolean {
  let answer = known.get(requirement)
  if (answer === undefined) {
    answer = isHere[requirement]()
    known.set(requirement, answer)
  }
  return answer
}

/** Root alone is not enough: many containers run as root and refuse this. */
function mayMakeNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !runs('nft', '--version')) return false
  const name = `connpool-try-${process.pid}`
  return runs('ip', 'netns', 'add', name) && runs('ip', 'netns', 'delete', name)
}

function runs(program: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
