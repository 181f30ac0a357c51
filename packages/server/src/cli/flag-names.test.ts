import { expect, test } from 'vitest'

import { ConfigError } from '../config/config-error.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { ServeFlags } from './commands.ts'
import { problemLines } from './flag-names.ts'
import { flagConfig } from './serve/flag-config.ts'

const GOOD: ServeFlags = { listen: 'localhost:1', backend: ['a:1'], protocol: 'lines' }

function linesOf(flags: ServeFlags): readonly string[] {
  try {
    resolveConfig(flagConfig({ ...GOOD, ...flags }))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return problemLines(error)
    throw error
  }
}

test.each<[ServeFlags, string]>([
  [{}, ''],
  [{ listen: '6380' }, '--listen must have a port, as \'127.0.0.1:6380\'; got "6380"'],
  [{ backend: ['a:1', 'b'] }, '--backend must have a port, as \'localhost:6379\'; got "b"'],
  [
    { protocol: 'websocket' },
    '--protocol must be one of tcp, lines, length-prefixed, redis, memcached; got "websocket"',
  ],
  [{ minSize: '11' }, '--min-size must not exceed pool.maxSize, 10; got 11'],
  [{ maxSize: '0' }, '--max-size must be a whole number, at least 1; got 0'],
  [{ maxClients: 'many' }, '--max-clients must be a whole number, at least 1; got "many"'],
  [{ requestTimeout: '5' }, '--request-timeout must be a duration as 250ms'],
  [{ protocol: 'tcp', requestTimeout: '5s' }, '--request-timeout must be absent with protocol tcp'],
  [{ workers: 'two' }, '--workers must be a whole number from 1 to 1024, or auto; got "two"'],
  [{ workers: '11' }, '--workers must not exceed the maxSize of an upstream, 10'],
  [{ dispatch: 'fair' }, '--dispatch must be balanced or kernel; got "fair"'],
  [{ admin: '0.0.0.0:1' }, '--admin must be a loopback address, as there is no token; got "0.0.0.0:1"'],
  [{ drainTimeout: 'off' }, '--drain-timeout must be a duration as 0s'],
  [{ logLevel: 'loud' }, '--log-level must be one of debug, info, warn, error, silent; got "loud"'],
])('%o is told in words of the command line', (flags, line) => {
  expect(linesOf(flags)[0] ?? '').toContain(line)
  expect(linesOf(flags)).toHaveLength(line === '' ? 0 : 1)
})
