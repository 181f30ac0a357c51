import type { SrvRecord } from 'node:dns'
import { describe, expect, test } from 'vitest'

import { refusalOf } from '../../../test/refusal.ts'
import { FakeClock, SeededRandom } from '../../testing.ts'
import { dnsDiscovery } from './dns-discovery.ts'
import type { DnsDiscoveryOptions } from './dns-options.ts'
import type { UpstreamEndpoint } from './discovery.ts'

/** A resolver whose answers a test gives by hand. */
class HandResolver {
  readonly asked: string[] = []
  readonly #pending: { resolve: (records: never) => void; reject: (error: Error) => void }[] = []

  readonly resolve4 = (name: string): Promise<never> => this.#ask(name)
  readonly resolve6 = (name: string): Promise<never> => this.#ask(name)
  readonly resolveSrv = (name: string): Promise<never> => this.#ask(name)

  /** Answers the look-up that has waited longest. */
  answer(records: unknown): void {
    this.#pending.shift()?.resolve(records as never)
  }

  fail(message: string): void {
    this.#pending.shift()?.reject(new Error(message))
  }

  #ask(name: string): Promise<never> {
    this.asked.push(name)
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }))
  }
}

interface World {
  readonly clock: FakeClock
  readonly resolver: HandResolver
  readonly told: string[]
  readonly sets: (readonly UpstreamEndpoint[])[]
  readonly watch: Disposable
  /** When each look-up began. */
  readonly times: number[]
}

function given(options: Partial<DnsDiscoveryOptions> = {}): World {
  const clock = new FakeClock()
  const resolver = new HandResolver()
  const told: string[] = []
  const sets: (readonly UpstreamEndpoint[])[] = []
  const times: number[] = []
  const timed = {
    resolve4: (name: string) => (times.push(clock.now()), resolver.resolve4(name)),
    resolve6: (name: string) => (times.push(clock.now()), resolver.resolve6(name)),
    resolveSrv: (name: string) => (times.push(clock.now()), resolver.resolveSrv(name)),
  }
  const isSrv = options.type === 'SRV'
  const discovery = dnsDiscovery('db.internal', {
    type: 'A',
    ...(!isSrv && { port: 5432 }),
    resolver: timed,
    clock,
    random: () => 0.5,
    ...options,
  })
  const watch = discovery.watch({
    endpoints: (set) => {
      sets.push(set as readonly UpstreamEndpoint[])
      told.push((set as readonly UpstreamEndpoint[]).map(show).join(' '))
    },
    failed: (error) => told.push(`failed: ${error.message}`),
  })
  return { clock, resolver, told, sets, watch, times }
}

function show({ endpoint, weight, priority }: UpstreamEndpoint): string {
  const { host, port } = endpoint as { host: string; port: number }
  return weight === undefined ? `${host}:${port}` : `${host}:${port}*${weight}/${priority}`
}

const srv = (name: string, port: number, priority = 0, weight = 1): SrvRecord => ({ name, port, priority, weight })

describe('an answer', () => {
  test('of addresses is a set of endpoints with the port that was given', async () => {
    const { clock, resolver, told } = given()

    resolver.answer(['10.0.0.2', '10.0.0.1'])
    await clock.settle()

    expect(resolver.asked).toEqual(['db.internal'])
    expect(told).toEqual(['10.0.0.1:5432 10.0.0.2:5432'])
  })

  test('of IPv6 addresses is one, too', async () => {
    const { clock, resolver, told } = given({ type: 'AAAA' })

    resolver.answer(['fe80::1'])
    await clock.settle()

    expect(told).toEqual(['fe80::1:5432'])
  })

  test('of SRV records keeps names and weights, and ranks the priorities', async () => {
    const { clock, resolver, told } = given({ type: 'SRV' })

    resolver.answer([srv('c', 3, 700, 9), srv('a', 1, 10, 5), srv('b', 2, 10, 0), srv('d', 4, 40, 1)])
    await clock.settle()

    expect(told).toEqual(['a:1*5/0 b:2*0.01/0 d:4*1/1 c:3*9/2'])
  })

  test('that names an endpoint twice names it once, where it is best', async () => {
    const { clock, resolver, told } = given({ type: 'SRV' })

    resolver.answer([srv('a', 1, 20, 9), srv('A', 1, 10, 5), srv('a', 1, 10, 7), srv('a', 2, 20, 1)])
    await clock.settle()

    expect(told).toEqual(['a:1*7/0 a:2*1/1'])
  })

  test('that is the same in another order is not told again', async () => {
    const { clock, resolver, told } = given()
    resolver.answer(['10.0.0.1', '10.0.0.2'])
    await clock.advance(30_000)

    resolver.answer(['10.0.0.2', '10.0.0.1', '10.0.0.2'])
    await clock.settle()

    expect(resolver.asked).toHaveLength(2)
    expect(told).toHaveLength(1)
  })

  test('with another weight is another', async () => {
    const { clock, resolver, told } = given({ type: 'SRV' })
    resolver.answer([srv('a', 1, 0, 1)])
    await clock.advance(30_000)

    resolver.answer([srv('a', 1, 0, 2)])
    await clock.settle()

    expect(told).toEqual(['a:1*1/0', 'a:1*2/0'])
  })

  test('that flickers is told each time, and leaves one timer', async () => {
    const { clock, resolver, told } = given()
    for (let round = 0; round < 100; round++) {
      resolver.answer([round % 2 === 0 ? '10.0.0.1' : '10.0.0.2'])
      await clock.advance(30_000)
    }

    expect(told).toHaveLength(100)
    expect(told.slice(-2)).toEqual(['10.0.0.1:5432', '10.0.0.2:5432'])
    expect(clock.pendingCount).toBe(1)
  })

  test.each<[string, DnsDiscoveryOptions['type'], unknown, string]>([
    ['nothing', 'A', [], 'there is no A record of db.internal'],
    ['no list', 'A', undefined, 'the answer for db.internal must be a list of records; got undefined'],
    ['an address of the other kind', 'A', ['::1'], 'A record of db.internal must be an IPv4 address; got "::1"'],
    ['an IPv4 address', 'AAAA', ['127.0.0.1'], 'AAAA record of db.internal must be an IPv6 address; got "127.0.0.1"'],
    ['no record', 'SRV', [null], 'SRV record of db.internal must be an object; got null'],
    [
      'port 0 beside a good one',
      'SRV',
      [srv('a', 1), srv('b', 0)],
      'the port in the SRV record of db.internal must be a whole number from 1 to 65535; got 0',
    ],
    [
      'the target .',
      'SRV',
      [srv('.', 1)],
      'the SRV record of db.internal says that there is no such service: its target is "."',
    ],
    [
      'the target . as Node says it',
      'SRV',
      [srv('', 1)],
      'the SRV record of db.internal says that there is no such service: its target is "."',
    ],
    [
      'a weight below 0',
      'SRV',
      [srv('a', 1, 0, -1)],
      'the weight in the SRV record of db.internal must be a whole number from 0 to 65535; got -1',
    ],
  ])('of %s is a failure', async (_what, type, answer, message) => {
    const { clock, resolver, told } = given({ type })

    resolver.answer(answer)
    await clock.settle()

    expect(told).toEqual([`failed: ${message}`])
  })

  test('that cannot be used says INVALID_OPTIONS, and changes nothing', async () => {
    const errors: Error[] = []
    const clock = new FakeClock()
    const resolver = new HandResolver()
    const discovery = dnsDiscovery('x', { type: 'SRV', resolver, clock })
    discovery.watch({ endpoints: () => undefined, failed: (error) => errors.push(error) })

    resolver.answer([srv('a', 0)])
    await clock.settle()

    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_OPTIONS' })])
  })
})

describe('a look-up', () => {
  test('is repeated after refreshMs, give or take a tenth', async () => {
    for (const [draw, ms] of [
      [0, 27_000],
      [0.5, 30_000],
      [0.999_999, 32_999],
    ] as const) {
      const { clock, resolver, times } = given({ random: () => draw })
      resolver.answer(['10.0.0.1'])
      await clock.advance(40_000)

      expect(Math.floor(times[1] ?? NaN)).toBe(ms)
    }
  })

  test('that fails is told, and keeps the last good set', async () => {
    const { clock, resolver, told } = given()
    resolver.answer(['10.0.0.1'])
    await clock.advance(30_000)

    resolver.fail('SERVFAIL')
    await clock.settle()

    expect(told).toEqual(['10.0.0.1:5432', 'failed: SERVFAIL'])
  })

  test('that fails is repeated sooner, then later and later, never later than refreshMs', async () => {
    const { clock, resolver, times } = given({ random: () => 0, refreshMs: 10_000 })
    for (let failure = 0; failure < 7; failure++) {
      resolver.fail('SERVFAIL')
      await clock.settle()
      await clock.step()
    }

    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
  })

  test('that fails is repeated after at least half that time', async () => {
    const { clock, resolver, times } = given({ random: () => 0.999_999 })

    resolver.fail('SERVFAIL')
    await clock.advance(1_000)

    expect(times[1]).toBeCloseTo(500, 0)
  })

  test('that succeeds ends the row of failures', async () => {
    const { clock, resolver, told, times } = given({ random: () => 0.5 })
    resolver.fail('SERVFAIL')
    await clock.advance(750)
    resolver.answer(['10.0.0.1'])
    await clock.advance(30_000)
    resolver.fail('SERVFAIL')
    await clock.advance(750)

    expect(told).toEqual(['failed: SERVFAIL', '10.0.0.1:5432', 'failed: SERVFAIL'])
    expect(times).toEqual([0, 750, 30_750, 31_500])
  })

  test.each([
    [30_000, 5_000],
    [3_000, 3_000],
  ])('with refreshMs %o is given up after %o ms', async (refreshMs, limitMs) => {
    const { clock, told } = given({ refreshMs })

    await clock.advance(limitMs - 1)
    const before = [...told]
    await clock.advance(1)

    expect(before).toEqual([])
    expect(told).toEqual([`failed: looking up the A records of db.internal took longer than ${limitMs} ms`])
  })

  test('that is answered after it was given up changes nothing', async () => {
    const { clock, resolver, told, times } = given({ random: () => 0 })
    await clock.advance(6_000)
    resolver.answer(['10.0.0.9'])
    await clock.settle()
    const afterLate = [...told]

    resolver.answer(['10.0.0.1'])
    await clock.settle()

    expect(times).toEqual([0, 6_000])
    expect(afterLate).toHaveLength(1)
    expect(told.slice(1)).toEqual(['10.0.0.1:5432'])
  })

  test('that fails after it was given up is not told again, and the next goes on', async () => {
    const { clock, resolver, told, times } = given({ random: () => 0 })
    await clock.advance(6_000)

    resolver.fail('SERVFAIL')
    await clock.settle()
    resolver.answer(['10.0.0.1'])
    await clock.advance(26_000)

    expect(told.slice(1)).toEqual(['10.0.0.1:5432'])
    expect(times).toEqual([0, 6_000])
  })

  test('whose answer and whose time come in one turn, after a stall, is answered', async () => {
    const { clock, resolver, told } = given()

    clock.arriveAt(100, () => resolver.answer(['10.0.0.1']))
    clock.jump(6_000, 'wakes')
    await clock.settle()

    expect(told).toEqual(['10.0.0.1:5432'])
  })

  test('of a resolver that throws at once has failed', async () => {
    const { clock, told } = given({
      resolver: {
        resolve4: () => {
          throw new Error('not today')
        },
      },
    })

    await clock.settle()

    expect(told).toEqual(['failed: not today'])
  })
})

describe('a listener that throws', () => {
  test('is reported, and hears the next set', async () => {
    const clock = new FakeClock()
    const resolver = new HandResolver()
    const warnings: Error[] = []
    const note = (warning: Error): void => {
      if ('code' in warning) warnings.push(warning)
    }
    process.on('warning', note)
    let heard = 0
    const watch = dnsDiscovery('x', { type: 'A', port: 1, resolver, clock, random: () => 0.5 }).watch({
      endpoints: () => {
        heard++
        throw new Error('no room')
      },
      failed: () => undefined,
    })

    resolver.answer(['10.0.0.1'])
    await clock.advance(30_000)
    resolver.answer(['10.0.0.2'])
    await clock.settle()
    watch[Symbol.dispose]()
    process.off('warning', note)

    expect(heard).toBe(2)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatchObject({
      code: 'CONNPOOL_LISTENER_THREW',
      message: 'The listener to the endpoints of x threw: no room',
    })
  })
})

describe('the end', () => {
  test('leaves no timer, whether a look-up is under way or awaited', async () => {
    const one = given()
    one.watch[Symbol.dispose]()
    const other = given()
    other.resolver.answer(['10.0.0.1'])
    await other.clock.settle()
    other.watch[Symbol.dispose]()

    expect([one.clock.pendingCount, other.clock.pendingCount]).toEqual([0, 0])
  })

  test('keeps later answers from the listener', async () => {
    const { clock, resolver, told, watch } = given()

    watch[Symbol.dispose]()
    watch[Symbol.dispose]()
    resolver.answer(['10.0.0.1'])
    await clock.advance(100_000)

    expect(told).toEqual([])
    expect(resolver.asked).toHaveLength(1)
  })

  test('may come from the listener itself', async () => {
    const clock = new FakeClock()
    const resolver = new HandResolver()
    const watch = dnsDiscovery('x', { type: 'A', port: 1, resolver, clock }).watch({
      endpoints: () => watch[Symbol.dispose](),
      failed: () => undefined,
    })

    resolver.answer(['10.0.0.1'])
    await clock.settle()

    expect(clock.pendingCount).toBe(0)
  })

  test('of one watch is not that of another', async () => {
    const clock = new FakeClock()
    const resolver = new HandResolver()
    const discovery = dnsDiscovery('x', { type: 'A', port: 1, resolver, clock })
    const told: string[] = []
    const listen = (who: string): Disposable =>
      discovery.watch({ endpoints: () => told.push(who), failed: () => undefined })
    const first = listen('first')
    listen('second')

    first[Symbol.dispose]()
    resolver.answer(['10.0.0.1'])
    resolver.answer(['10.0.0.1'])
    await clock.settle()

    expect(told).toEqual(['second'])
  })
})

describe('with TLS', () => {
  test.each<[string, string, DnsDiscoveryOptions['type'], unknown]>([
    ['the name that is looked up', 'Db.internal', 'A', 'Db.internal'],
    ['that name without its dot', 'db.internal.', 'A', 'db.internal'],
    ['the name of the service, without its labels', '_redis._tcp.db.internal', 'SRV', 'db.internal'],
  ])('certificates are checked against %s', async (_what, name, type, servername) => {
    const clock = new FakeClock()
    const resolver = new HandResolver()
    const sets: (readonly UpstreamEndpoint[])[] = []
    dnsDiscovery(name, { type, ...(type === 'A' && { port: 1 }), tls: true, resolver, clock }).watch({
      endpoints: (set) => sets.push(set as readonly UpstreamEndpoint[]),
      failed: (error) => expect.fail(error.message),
    })

    resolver.answer(type === 'A' ? ['10.0.0.1'] : [srv('h', 1)])
    await clock.settle()

    expect(sets[0]?.[0]?.endpoint).toMatchObject({ port: 1, tls: { servername } })
  })

  test('a servername that is given is used, with all other options', async () => {
    const { clock, resolver, sets } = given({ tls: { servername: 'other', rejectUnauthorized: false } })

    resolver.answer(['10.0.0.1'])
    await clock.settle()

    expect(sets[0]?.[0]?.endpoint).toEqual({
      host: '10.0.0.1',
      port: 5432,
      tls: { servername: 'other', rejectUnauthorized: false },
    })
  })

  test('without it there is none', async () => {
    const { clock, resolver, sets } = given({ tls: false })

    resolver.answer(['10.0.0.1'])
    await clock.settle()

    expect(sets[0]?.[0]).toEqual({ endpoint: { host: '10.0.0.1', port: 5432 } })
  })
})

describe('options', () => {
  const make = (name: unknown, options: unknown): unknown =>
    dnsDiscovery(name as string, options as DnsDiscoveryOptions)
  const nameRule = "a name that DNS knows, as 'redis.internal' or '_redis._tcp.internal'"

  test.each<[string, unknown, unknown, string]>([
    ['an address', '127.0.0.1', { type: 'A', port: 1 }, `name must be ${nameRule}; got "127.0.0.1"`],
    ['no name', undefined, { type: 'A', port: 1 }, `name must be ${nameRule}; got undefined`],
    ['a name with a space', 'a b', { type: 'A', port: 1 }, `name must be ${nameRule}; got "a b"`],
    ['none', 'x', undefined, 'options must be an object; got undefined'],
    ['no type', 'x', { port: 1 }, "type must be 'A' or 'AAAA' or 'SRV'; got undefined"],
    ['an unknown type', 'x', { type: 'MX' }, `type must be 'A' or 'AAAA' or 'SRV'; got "MX"`],
    ['a port with SRV', 'x', { type: 'SRV', port: 1 }, "port must be absent with type 'SRV'; got 1"],
    ['no port', 'x', { type: 'A' }, "port must be a whole number from 1 to 65535, with type 'A'; got undefined"],
    ['port 0', 'x', { type: 'A', port: 0 }, 'port must be a whole number from 1 to 65535; got 0'],
    [
      'refreshMs 0',
      'x',
      { type: 'A', port: 1, refreshMs: 0 },
      'refreshMs must be a duration in milliseconds, more than 0 and less than 2147483648 (2^31); got 0',
    ],
    [
      'a resolver without the method',
      'x',
      { type: 'AAAA', port: 1, resolver: { resolve4: () => [] } },
      'resolver must be an object with resolve6(); got an object',
    ],
    [
      'TLS that does not work',
      'x',
      { type: 'A', port: 1, tls: { key: 'secret' } },
      'tls must be options that tls.createSecureContext takes; got ERR_OSSL_UNSUPPORTED',
    ],
    [
      'an unknown one',
      'x',
      { type: 'A', port: 1, refreshMillis: 1 },
      'unknown option refreshMillis; did you mean refreshMs?',
    ],
  ])('are refused: %s', (_what, name, options, message) => {
    expect(refusalOf(() => make(name, options))).toBe(message)
  })
})

test('whatever a resolver does, there is one look-up at a time and one timer', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new SeededRandom(seed)
    const { clock, resolver, told, times, watch } = given({ random: random.next, refreshMs: 10_000 })
    for (let step = 0; step < 100; step++) {
      const draw = random.next()
      if (draw < 0.3) resolver.answer([`10.0.0.${random.whole(1, 3)}`])
      else if (draw < 0.5) resolver.fail('SERVFAIL')
      else await clock.advance(random.whole(1, 12_000))
      await clock.settle()

      expect(clock.pendingCount, `seed ${seed}, step ${step}`).toBe(1)
    }
    const sets = told.filter((text) => !text.startsWith('failed'))
    expect(
      sets.filter((set, index) => set === sets[index - 1]),
      `seed ${seed}`,
    ).toEqual([])
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(Math.min(...pauses), `seed ${seed}`).toBeGreaterThanOrEqual(500)
    watch[Symbol.dispose]()
  }
})
