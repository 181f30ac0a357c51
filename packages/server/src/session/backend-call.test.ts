import type { Socket } from 'node:net'
import { Duplex, PassThrough } from 'node:stream'

import type { Lease } from 'connpool'
import { FakeClock } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { turns } from '../../../connpool/test/fixtures/until.ts'
import { FakeLending } from '../../test/fixtures/fake-lending.ts'
import { lines } from '../protocols/lines.ts'
import { BackendCall } from './backend-call.ts'
import { DeadlineList } from './deadline-list.ts'

type Loan = Lease<Socket>

/** A connection to a backend that sends back what it is sent. */
function lent(connection: Duplex = new PassThrough()): Loan {
  return { connection: connection as unknown as Socket } as Loan
}

const dead = (): Loan => lent(new PassThrough().destroy())

/** A call for one line that has begun, and what its caller was told. */
function begun(lending: FakeLending<Loan>, replies = 1): { readonly call: BackendCall; readonly told: string[] } {
  const told: string[] = []
  const call = new BackendCall({
    protocol: lines(),
    lending,
    batch: { frames: [Buffer.from('a\n')], replies },
    caller: {
      reply: (bytes) => {
        told.push(String(bytes))
        return true
      },
      answered: () => void told.push('answered'),
      failed: (reason, { left, isTorn }) => void told.push(`${reason}, ${left} left${isTorn ? ', torn' : ''}`),
    },
  })
  call.begin()
  return { call, told }
}

describe('a call whose connection is dead before anything was written', () => {
  test.each([
    ['closed', dead],
    ['ended', () => lent(new PassThrough().end())],
  ])('%s: it goes to another', async (_how, gone) => {
    const lending = new FakeLending<Loan>()
    const loans = [gone(), lent()] as const
    lending.ready.push(...loans)

    const { told } = begun(lending)
    await turns()

    expect(told).toEqual(['a\n', 'answered'])
    expect(lending.returned).toEqual([
      [loans[0], 'broken'],
      [loans[1], 'clean'],
    ])
  })

  test('waits for another if there is none', async () => {
    const lending = new FakeLending<Loan>()
    lending.ready.push(dead())
    const { call, told } = begun(lending)
    expect([call.phase, told]).toEqual(['connecting', []])

    lending.waiting[0]?.lent(lent())
    await turns()

    expect([call.phase, told]).toEqual(['over', ['a\n', 'answered']])
  })

  test('gives up after three', async () => {
    const lending = new FakeLending<Loan>()
    lending.ready.push(dead(), dead(), dead(), lent())

    const { call, told } = begun(lending)
    await turns()

    expect([call.phase, told]).toEqual(['over', ['unavailable, 1 left']])
    expect(lending.returned.map(([, how]) => how)).toEqual(['broken', 'broken', 'broken'])
    expect(lending.ready).toHaveLength(1)
  })

  test('gives up at once where nothing may be tried again', async () => {
    const lending = new FakeLending<Loan>({ retryRatio: 0 })
    lending.ready.push(dead(), lent())

    const { told } = begun(lending)
    await turns()

    expect([told, lending.ready.length]).toEqual([['unavailable, 1 left'], 1])
  })

  test('tries again no more often than the budget of all calls allows', () => {
    const lending = new FakeLending<Loan>()
    lending.ready.push(...Array.from({ length: 30 }, dead))

    // The budget has ten retries saved up: two for each of five calls.
    const outcomes = Array.from({ length: 6 }, () => begun(lending).told)

    expect(outcomes).toEqual(Array.from({ length: 6 }, () => ['unavailable, 1 left']))
    expect(lending.returned).toHaveLength(5 * 3 + 1)
  })
})

describe('a call whose time is up while it connects', () => {
  test('fails at once; what comes later goes back as it is, and to the next', async () => {
    const lending = new FakeLending<Loan>()
    const { call, told } = begun(lending)
    const [waiting] = lending.waiting
    expect(call.phase).toBe('connecting')

    call.timeUp()
    expect([told, waiting?.signal.aborted]).toEqual([['timeout, 1 left'], true])
    const late = lent()
    waiting?.lent(late)
    await turns()

    expect([call.phase, told]).toEqual(['over', ['timeout, 1 left']])
    expect(lending.returned).toEqual([[late, 'clean']])
    expect((late.connection as unknown as PassThrough).readableLength).toBe(0)
    lending.ready.push(lent())
    const next = begun(lending)
    await turns()
    expect(next.told).toEqual(['a\n', 'answered'])
  })

  test('fails once, whatever becomes of the connection', async () => {
    const lending = new FakeLending<Loan>()
    const { call, told } = begun(lending)

    call.timeUp()
    lending.waiting[0]?.failed(new Error('refused'))
    await turns()

    expect([call.phase, told]).toEqual(['over', ['timeout, 1 left']])
  })
})

test('a call whose client goes while it connects tells nobody, and asks for nothing more', async () => {
  const lending = new FakeLending<Loan>()
  const { call, told } = begun(lending)
  const late = lent()

  call.abandon(new DeadlineList(new FakeClock(), 1_000))
  lending.waiting[0]?.lent(late)
  await turns()

  expect([call.phase, told, lending.returned]).toEqual(['over', [], [[late, 'clean']]])
})

test('a call that has no reply keeps its connection until all has gone out', async () => {
  const sent: (() => void)[] = []
  const slow = lent(new Duplex({ read: () => undefined, write: (_bytes, _encoding, gone) => void sent.push(gone) }))
  const lending = new FakeLending<Loan>()
  lending.ready.push(slow)
  const { call, told } = begun(lending, 0)
  expect([call.phase, told]).toEqual(['granted', []])

  for (const gone of sent) gone()
  await turns()

  expect([sent.length, told, lending.returned]).toEqual([1, ['answered'], [[slow, 'clean']]])
})
