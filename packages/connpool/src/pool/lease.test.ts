import { describe, expect, test } from 'vitest'

import { Entry } from './entry.ts'
import { endLease, finish, hasEnded, Lease, type LeaseOwner, tellHolder } from './lease.ts'

interface Thing {
  readonly name: string
}

/** A pool that only remembers what it was told. */
class Recorder implements LeaseOwner<Thing> {
  readonly endpointText = 'redis:6379'
  readonly told: unknown[] = []

  release(): void {
    this.told.push('release')
  }

  discard(_lease: Lease<Thing>, _entry: Entry<Thing>, how: string, reason: unknown): void {
    this.told.push([how, reason])
  }

  detach(): void {
    this.told.push('detach')
  }

  countLateRelease(): void {
    this.told.push('late')
  }
}

function lent(): { readonly lease: Lease<Thing>; readonly owner: Recorder; readonly connection: Thing } {
  const owner = new Recorder()
  const connection = { name: 'it' }
  const entry = new Entry<Thing>(7, 0, 0)
  entry.connection = connection
  entry.createdAt = 100
  entry.since = 250.75
  entry.uses = 3
  return { lease: new Lease(owner, entry), owner, connection }
}

/** Each way of ending a lease. */
const ENDS: readonly [string, (lease: Lease<Thing>) => void][] = [
  ['release', (lease) => lease.release()],
  ['discard', (lease) => lease.discard()],
  ['detach', (lease) => void lease.detach()],
  ['disposal', (lease) => lease[Symbol.dispose]()],
  ['the pool', (lease) => endLease(lease)],
  ['the end of use()', (lease) => finish(lease, 'released')],
]

describe('a lease', () => {
  test('gives access to its connection', () => {
    const { lease, connection } = lent()

    expect(lease.connection).toBe(connection)
  })

  test('knows the facts, in whole milliseconds', () => {
    const { lease } = lent()

    expect(lease.info).toEqual({ id: 7, endpoint: 'redis:6379', createdAt: 100, uses: 3, acquiredAt: 250 })
  })

  test('keeps its facts when the connection is lent again', () => {
    const { owner } = lent()
    const entry = new Entry<Thing>(7, 0, 0)
    entry.uses = 1
    const lease = new Lease(owner, entry)

    entry.uses = 2

    expect(lease.info.uses).toBe(1)
  })

  test('that is released says so', () => {
    const { lease, owner } = lent()

    lease.release()

    expect(owner.told).toEqual(['release'])
  })

  test('that is discarded says why', () => {
    const { lease, owner } = lent()
    const reason = new Error('half a reply')

    lease.discard(reason)

    expect(owner.told).toEqual([['discarded', reason]])
  })

  test('that is left without a word is dropped', () => {
    const { lease, owner } = lent()

    lease[Symbol.dispose]()

    expect(owner.told).toEqual([['dropped', undefined]])
  })

  test('that is detached leaves its connection to the holder', () => {
    const { lease, owner, connection } = lent()

    expect(lease.detach()).toBe(connection)
    expect(owner.told).toEqual(['detach'])
  })

  test('that is disposed of after its release is released only', () => {
    const { lease, owner } = lent()

    lease.release()
    lease[Symbol.dispose]()

    expect(owner.told).toEqual(['release'])
  })
})

describe.each(ENDS)('a lease that was ended by %s', (_, end) => {
  test('gives access to nothing', () => {
    const { lease } = lent()
    end(lease)

    expect(hasEnded(lease)).toBe(true)
    expect(() => lease.connection).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }))
    expect(() => lease.detach()).toThrow(expect.objectContaining({ code: 'LEASE_ENDED' }))
  })

  test('counts a release or discard as late, and does nothing else', () => {
    const { lease, owner } = lent()
    end(lease)
    owner.told.length = 0

    lease.release()
    lease.discard(new Error('again'))

    expect(owner.told).toEqual(['late', 'late'])
  })

  test('is not ended by use() once more, nor is that late', () => {
    const { lease, owner } = lent()
    end(lease)
    owner.told.length = 0

    finish(lease, 'discarded')
    lease[Symbol.dispose]()

    expect(owner.told).toEqual([])
  })

  test('still knows the facts', () => {
    const { lease } = lent()

    end(lease)

    expect(lease.info.id).toBe(7)
  })
})

describe('the signal of a lease', () => {
  test('is the same each time', () => {
    const { lease } = lent()

    expect(lease.signal).toBe(lease.signal)
  })

  test('is aborted when the holder is told', () => {
    const { lease } = lent()
    const { signal } = lease
    const reason = new Error('taken back')

    tellHolder(lease, reason)

    expect([signal.aborted, signal.reason]).toEqual([true, reason])
  })

  test('is aborted already if it is first read afterwards', () => {
    const { lease } = lent()
    const reason = new Error('taken back')

    tellHolder(lease, reason)

    expect(lease.signal.reason).toBe(reason)
  })

  test.each([
    ['release', (lease: Lease<Thing>) => lease.release()],
    ['discard', (lease: Lease<Thing>) => lease.discard()],
  ])('is not aborted by %s', (_, end) => {
    const { lease } = lent()
    const { signal } = lease

    end(lease)

    expect(signal.aborted).toBe(false)
  })

  test('is the cause that the holder meets later', () => {
    const { lease } = lent()
    const reason = new Error('taken back')
    tellHolder(lease, reason)
    endLease(lease)

    expect(() => lease.connection).toThrow(expect.objectContaining({ cause: reason }))
  })
})
