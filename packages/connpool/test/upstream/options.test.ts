// Bad input: a clear error that names option, rule and value.
import { describe, expect, test } from 'vitest'
import { Upstream } from 'connpool'

import { refusalOf } from '../refusal.ts'

const refusal = (options: unknown): string => refusalOf(() => new Upstream(options as never))

describe('an upstream', () => {
  test.each([
    [undefined, /^options must be an object/],
    [{}, /^endpoints must be a list of endpoints, or a source/],
    [{ endpoints: 'a:1' }, /^endpoints must be a list/],
    [{ endpoints: [] }, /^endpoints must have at least one endpoint/],
    [{ endpoints: ['a:1', 'a:1'] }, /^endpoints\[1\] must not be endpoints\[0\] again; got a:1/],
    [{ endpoints: [{ endpoint: 'a:1', weight: 0 }] }, /^endpoints\[0\]\.weight must be a number, more than 0/],
    [{ endpoints: [{ endpoint: 'a:1', weight: Number.NaN }] }, /^endpoints\[0\]\.weight must be/],
    [{ endpoints: ['a:1'], balance: 'best' }, /^balance must be 'two-choices'/],
    [{ endpoints: ['a:1'], balance: {} }, /^balance must be/],
    [{ endpoints: ['a:1'], panicRatio: 2 }, /^panicRatio must be a number from 0 to 1/],
    [{ endpoints: ['a:1'], slowStartMs: -1 }, /^slowStartMs must be a duration/],
    [{ endpoints: ['a:1'], maxSize: 0 }, /^maxSize must be a whole number, at least 1, or Infinity/],
    [
      { endpoints: ['a:1', 'b:1'], maxSize: 3, pool: { minSize: 2 } },
      /^maxSize must be at least pool.minSize for each/,
    ],
    [{ endpoints: ['a:1'], pool: { endpoint: 'b:1' } }, /^pool\.endpoint must not be given/],
    [{ endpoints: ['a:1'], pool: { maxSiez: 1 } }, /^unknown option pool\.maxSiez; did you mean pool\.maxSize\?/],
    [{ endpoints: ['a:1'], pool: { maxSize: 0 } }, /^pool\.maxSize must be/],
    [{ endpoints: ['a:1'], balancer: 'random' }, /^unknown option balancer; did you mean balance\?/],
    [{ endpoints: ['a:1'], outlier: true }, /^outlier must be false, or an object/],
    [{ endpoints: ['a:1'], zone: '' }, /^zone must be/],
  ])('of %o is refused', (options, message) => {
    expect(refusal(options)).toMatch(message)
  })

  test('keeps what it was given, whatever the caller does with it later', async () => {
    const endpoints = ['127.0.0.1:1']
    const pool = { maxSize: 3 }
    const upstream = new Upstream({ endpoints, pool })
    endpoints.push('127.0.0.1:2')
    pool.maxSize = 0

    upstream.add('127.0.0.1:3')

    expect(upstream.stats().maxSize).toBe(6)
    await upstream.destroy()
  })
})
