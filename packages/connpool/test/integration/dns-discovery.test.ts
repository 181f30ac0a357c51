/** Look-ups against a real name server on the loopback interface, by Node's own resolver. */
import { dnsDiscovery, type DnsDiscoveryOptions, type UpstreamEndpoint } from 'connpool'
import { describe, expect, onTestFinished, test } from 'vitest'

import { DnsServer, type DnsAnswer } from '../fixtures/dns-server.ts'
import { runProgram } from '../fixtures/run-program.ts'
import { until } from '../fixtures/until.ts'

interface Heard {
  readonly sets: (readonly UpstreamEndpoint[])[]
  readonly errors: (Error & { readonly code?: string })[]
  readonly watch: Disposable
}

function watch(server: DnsServer, name: string, options: DnsDiscoveryOptions): Heard {
  const sets: (readonly UpstreamEndpoint[])[] = []
  const errors: Error[] = []
  const watch = dnsDiscovery(name, { resolver: server.resolver(), refreshMs: 50, ...options }).watch({
    endpoints: (set) => sets.push(set as readonly UpstreamEndpoint[]),
    failed: (error) => errors.push(error),
  })
  onTestFinished(() => watch[Symbol.dispose]())
  return { sets, errors, watch }
}

const hosts = (set: readonly UpstreamEndpoint[] | undefined): unknown[] =>
  (set ?? []).map(({ endpoint }) => (typeof endpoint === 'string' ? endpoint : endpoint.host))

describe('a name server', () => {
  test('that knows addresses is followed as they change', async () => {
    await using server = await DnsServer.listen({ 'A db.internal': ['127.0.0.2', '127.0.0.1'] })
    const { sets } = watch(server, 'db.internal', { type: 'A', port: 5432 })
    await until('the first set is known', () => sets.length === 1)

    server.records.set('A db.internal', ['127.0.0.3'])
    await until('the next set is known', () => sets.length === 2)

    expect(sets[0]).toEqual([
      { endpoint: { host: '127.0.0.1', port: 5432 } },
      { endpoint: { host: '127.0.0.2', port: 5432 } },
    ])
    expect(hosts(sets[1])).toEqual(['127.0.0.3'])
  })

  test('that knows IPv6 addresses is asked for them', async () => {
    await using server = await DnsServer.listen({ 'AAAA db.internal': ['::1', 'fd00::2'] })
    const { sets } = watch(server, 'db.internal', { type: 'AAAA', port: 1 })
    await until('a set is known', () => sets.length === 1)

    expect(hosts(sets[0])).toEqual(['::1', 'fd00::2'])
    expect(server.asked[0]).toBe('AAAA db.internal')
  })

  test('that knows services tells ports, weights and priorities', async () => {
    await using server = await DnsServer.listen({
      'SRV _redis._tcp.internal': [
        { name: 'b.internal', port: 6380, priority: 20, weight: 0 },
        { name: 'a.internal', port: 6379, priority: 10, weight: 60 },
      ],
    })
    const { sets } = watch(server, '_redis._tcp.internal', { type: 'SRV' })
    await until('a set is known', () => sets.length === 1)

    expect(sets[0]).toEqual([
      { endpoint: { host: 'a.internal', port: 6379 }, weight: 60, priority: 0 },
      { endpoint: { host: 'b.internal', port: 6380 }, weight: 0.01, priority: 1 },
    ])
  })

  test('that says there is no such service is not believed to have none', async () => {
    await using server = await DnsServer.listen({
      'SRV _redis._tcp.internal': [{ name: '.', port: 0, priority: 0, weight: 0 }],
    })
    const { sets, errors } = watch(server, '_redis._tcp.internal', { type: 'SRV' })
    await until('it has failed', () => errors.length > 0)

    expect(errors[0]).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: 'the SRV record of _redis._tcp.internal says that there is no such service: its target is "."',
    })
    expect(sets).toEqual([])
  })

  test.each<[DnsAnswer, string]>([
    ['NXDOMAIN', 'ENOTFOUND'],
    ['SERVFAIL', 'ESERVFAIL'],
    ['silence', 'ETIMEOUT'],
    ['rubbish', 'EBADRESP'],
    [[], 'ENODATA'],
  ])('that answers with %o leaves the last good set, and is heard again when it is well', async (answer, code) => {
    await using server = await DnsServer.listen({ 'A db.internal': ['127.0.0.1'] })
    const resolver = server.resolver({ timeout: 100 })
    const { sets, errors } = watch(server, 'db.internal', { type: 'A', port: 1, refreshMs: 300, resolver })
    await until('the first set is known', () => sets.length === 1)

    server.records.set('A db.internal', answer)
    await until('it has failed', () => errors.length > 0)
    const setsThen = sets.length
    server.records.set('A db.internal', ['127.0.0.2'])
    await until('the next set is known', () => sets.length === 2)

    expect(errors[0]?.code).toBe(code)
    expect(setsThen).toBe(1)
    expect(hosts(sets[1])).toEqual(['127.0.0.2'])
  })
})

describe('a process with a watch', () => {
  test('ends by itself between two look-ups', async () => {
    await using server = await DnsServer.listen({ 'A db.internal': ['127.0.0.1'] })

    const { code, output, tookMs } = await runProgram(
      `
      import { promises } from 'node:dns'
      import { dnsDiscovery } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      const resolver = new promises.Resolver()
      resolver.setServers([given.server])
      dnsDiscovery('db.internal', { type: 'A', port: 1, resolver }).watch({
        endpoints: (set) => console.log(set.length),
        failed: (error) => console.log(error),
      })`,
      { given: { server: server.address } },
    )

    expect({ code, output }).toEqual({ code: 0, output: '1' })
    expect(tookMs).toBeLessThan(5_000)
  })
})
