import { describe, expect, test } from 'vitest'

import { refusalOf, revokedProxy } from '../../../test/refusal.ts'
import type { EndpointSet } from './discovery.ts'
import { readEndpoints, type ResolvedEndpoint } from './read-endpoints.ts'

/** What a JavaScript caller may pass. */
const read = (given: unknown): readonly ResolvedEndpoint[] => readEndpoints(given as EndpointSet)

describe('an endpoint of a list', () => {
  test.each([
    ['h:1', 'h:1'],
    [{ host: 'H', port: 1 }, 'h:1'],
    [{ path: '/run/x' }, 'unix:/run/x'],
    [{ endpoint: 'tls://h:1' }, 'tls://h:1'],
    [{ endpoint: { host: '::1', port: 1 } }, '[::1]:1'],
  ])('may be written as %o', (given, text) => {
    const [only] = read([given])

    expect(only).toMatchObject({ endpoint: { text }, weight: 1, priority: 0, zone: undefined })
  })

  test('has what is known of it', () => {
    const [only] = read([{ endpoint: 'h:1', weight: 0.5, priority: 3, zone: 'a' }])

    expect(only).toMatchObject({ weight: 0.5, priority: 3, zone: 'a' })
  })

  test.each([
    [true, 1],
    [false, 0],
  ])('that is a backup or not (%o) has priority %o', (backup, priority) => {
    expect(read([{ endpoint: 'h:1', backup }])[0]?.priority).toBe(priority)
  })

  test('is copied, for the pool that is made of it', () => {
    const given = { host: 'H', port: 1, tls: { servername: 'a' } }
    const [only] = read([given])

    given.tls.servername = 'b'

    expect(only?.given).toEqual({ host: 'H', port: 1, tls: { servername: 'a' } })
    expect(Object.isFrozen(only)).toBe(true)
  })

  test('is another than one with other TLS options, though their texts are equal', () => {
    const of = (servername: string): ResolvedEndpoint | undefined =>
      read([{ host: 'h', port: 1, tls: { servername } }])[0]

    expect(of('a')?.endpoint.text).toBe(of('b')?.endpoint.text)
    expect(of('a')?.identity).not.toBe(of('b')?.identity)
    expect(of('a')?.identity).toBe(of('a')?.identity)
  })
})

describe('a list is refused', () => {
  const good = 'h:1'
  const weightRule = 'a number, more than 0 and finite'

  test.each<[string, unknown, string]>([
    ['that is none', 'h:1', 'endpoints must be a list of endpoints; got "h:1"'],
    ['that is missing', undefined, 'endpoints must be a list of endpoints; got undefined'],
    ['without endpoints', [], 'endpoints must have at least one endpoint; got none'],
    ['with a number', [good, 5], 'endpoints[1] must be a string or an object; got 5'],
    ['with a hole', [good, ...new Array<string>(1)], 'endpoints[1] must be a string or an object; got undefined'],
    ['with what is revoked', [revokedProxy()], 'endpoints[0] must be a string or an object; got an object'],
    ['with a text that is no endpoint', [good, 'h'], `endpoints[1] must have a port, as 'localhost:6379'; got "h"`],
    ['with a wrong port', [{ host: 'h', port: 0 }], 'endpoints[0].port must be a whole number from 1 to 65535; got 0'],
    [
      'with a wrong port deeper down',
      [{ endpoint: { host: 'h', port: 0 } }],
      'endpoints[0].endpoint.port must be a whole number from 1 to 65535; got 0',
    ],
    ['with weights that are known of nothing', [{ weight: 2 }], 'endpoints[0].endpoint must be given; got undefined'],
    ['with weight 0', [good, { endpoint: 'h:2', weight: 0 }], `endpoints[1].weight must be ${weightRule}; got 0`],
    ['with weight -1', [{ endpoint: 'h:2', weight: -1 }], `endpoints[0].weight must be ${weightRule}; got -1`],
    ['with weight NaN', [{ endpoint: 'h:2', weight: NaN }], `endpoints[0].weight must be ${weightRule}; got NaN`],
    [
      'with weight Infinity',
      [{ endpoint: 'h:2', weight: Infinity }],
      `endpoints[0].weight must be ${weightRule}; got Infinity`,
    ],
    ['with weight "1"', [{ endpoint: 'h:2', weight: '1' }], `endpoints[0].weight must be ${weightRule}; got "1"`],
    [
      'with half a priority',
      [{ endpoint: 'h:2', priority: 0.5 }],
      'endpoints[0].priority must be a whole number, at least 0; got 0.5',
    ],
    ['with backup 1', [{ endpoint: 'h:2', backup: 1 }], 'endpoints[0].backup must be true or false; got 1'],
    [
      'with backup and priority both',
      [{ endpoint: 'h:2', backup: true, priority: 1 }],
      'endpoints[0] must not have backup and priority both: backup is priority 1',
    ],
    [
      'with a zone that would break a log',
      [{ endpoint: 'h:2', zone: 'a\n' }],
      String.raw`endpoints[0].zone must be a string that is not empty and has no control characters; got "a\n"`,
    ],
    [
      'with an unknown name',
      [{ endpoint: 'h:2', wieght: 1 }],
      'unknown option endpoints[0].wieght; did you mean endpoints[0].weight?',
    ],
    [
      'with an endpoint and a host',
      [{ endpoint: 'h:2', host: 'h' }],
      'unknown option endpoints[0].host; known are endpoint, weight, backup, priority, zone',
    ],
    [
      'with one endpoint twice',
      [good, 'h:2', { endpoint: 'tcp://H:1' }],
      'endpoints[2] must not be endpoints[0] again; got h:1',
    ],
  ])('%s', (_what, given, message) => {
    expect(refusalOf(() => read(given))).toBe(message)
  })
})
