import { describe, expect, test } from 'vitest'

import type { ServeFlags } from '../commands.ts'
import { UsageError } from '../usage-error.ts'
import { flagConfig, flagOverrides, refuseFlagsBesideFile } from './flag-config.ts'

describe('flags without a file', () => {
  test('are one listener and one upstream', () => {
    const flags: ServeFlags = {
      listen: '0.0.0.0:6380',
      backend: ['a:1', 'b:2'],
      protocol: 'redis',
      minSize: '2',
      maxSize: '16',
      maxClients: '500',
      requestTimeout: '3s',
      workers: 'auto',
      dispatch: 'balanced',
      admin: 'localhost:1',
      drainTimeout: '1m',
      logLevel: 'warn',
    }

    expect(flagConfig(flags)).toEqual({
      listeners: [
        { listen: '0.0.0.0:6380', protocol: 'redis', upstream: 'backend', maxClients: 500, requestTimeout: '3s' },
      ],
      upstreams: { backend: { endpoints: ['a:1', 'b:2'], pool: { minSize: 2, maxSize: 16 } } },
      workers: 'auto',
      dispatch: 'balanced',
      admin: { listen: 'localhost:1' },
      drainTimeout: '1m',
      log: { level: 'warn' },
    })
  })

  test('leave everything else to the defaults', () => {
    expect(flagConfig({ listen: 'localhost:1', backend: ['a:1'] })).toEqual({
      listeners: [{ listen: 'localhost:1', protocol: 'tcp', upstream: 'backend' }],
      upstreams: { backend: { endpoints: ['a:1'], pool: {} } },
    })
  })

  test('are a whole configuration with --demo, which others may change', () => {
    expect(flagConfig({ demo: true }, '127.0.0.1:5').listeners).toEqual([
      { listen: '127.0.0.1:6380', protocol: 'redis', upstream: 'backend' },
    ])
    expect(flagConfig({ demo: true, listen: 'localhost:1', maxSize: '3' }, '127.0.0.1:5')).toEqual({
      listeners: [{ listen: 'localhost:1', protocol: 'redis', upstream: 'backend' }],
      upstreams: { backend: { endpoints: ['127.0.0.1:5'], pool: { maxSize: 3 } } },
    })
  })

  test('are passed on as they were typed where they are no numbers', () => {
    const { listeners } = flagConfig({ listen: '', backend: ['a:1'], maxClients: '-5' })

    expect(listeners).toEqual([{ listen: '', protocol: 'tcp', upstream: 'backend', maxClients: '-5' }])
  })

  test.each<[ServeFlags, string]>([
    [{}, 'what to serve is missing'],
    [{ listen: 'localhost:1' }, '--backend is missing'],
    [{ backend: ['a:1'] }, '--listen is missing'],
    [{ demo: true, backend: ['a:1'] }, '--demo has a backend of its own'],
  ])('are not enough or too much: %o', (flags, message) => {
    expect(() => flagConfig(flags, '127.0.0.1:5')).toThrow(UsageError)
    expect(() => flagConfig(flags, '127.0.0.1:5')).toThrow(message)
  })
})

describe('flags beside a file', () => {
  test('say only what was typed', () => {
    expect(flagOverrides({})).toEqual({})
    expect(flagOverrides({ workers: '3', admin: 'off', logLevel: 'debug' })).toEqual({
      workers: 3,
      admin: 'off',
      log: { level: 'debug' },
    })
  })

  test('that say what the file says are refused, all of them named', () => {
    expect(() => refuseFlagsBesideFile({ listen: 'x', demo: true, workers: '2' })).toThrow(
      '--listen, --demo cannot be given beside a configuration file',
    )
    expect(() => refuseFlagsBesideFile({ workers: '2', admin: 'off' })).not.toThrow()
  })
})
