import { afterEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../test/fixtures/until.ts'
import { Pool } from '../pool/pool.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import type { Flaw, Keeper, Kept, Lost } from './keeper.ts'

/** Notes what its pool does with it. */
class Resource implements Kept, Keeper {
  readonly calls: string[] = []
  lost: Lost = () => undefined
  nowFlaw: Flaw | undefined
  isClean = true
  closesGently = true

  connpoolKeeper(lost: Lost): Keeper {
    this.lost = lost
    return this
  }

  flaw(): Flaw | undefined {
    return this.nowFlaw
  }

  isWriting(): boolean {
    return false
  }

  scrub(): boolean {
    return this.isClean
  }

  keepListeners(): void {
    this.calls.push('keepListeners')
  }

  rest(): void {
    this.calls.push('rest')
  }

  wake(): void {
    this.calls.push('wake')
  }

  ref(): void {}

  unref(): void {}

  closeGently(closed: () => void): void {
    this.calls.push('closeGently')
    if (this.closesGently) setImmediate(closed)
  }

  closeNow(closed: () => void): void {
    this.calls.push('closeNow')
    setImmediate(closed)
  }

  forget(): void {
    this.calls.push('forget')
  }
}

let pool: Pool<Resource>

afterEach(async () => {
  await pool.destroy()
})

function poolOf(options: Partial<PoolOptions<Resource>> = {}): Pool<Resource> {
  pool = new Pool<Resource>({ dial: () => new Resource(), maxSize: 1, ...options })
  return pool
}

describe('a connection that brings its own keeper', () => {
  test('rests while nobody has it, and is woken for who gets it', async () => {
    const lease = await poolOf().acquire()
    const resource = lease.connection
    lease.release()
    await turns()
    expect(resource.calls).toEqual(['rest'])

    const again = await pool.acquire()

    expect(again.connection).toBe(resource)
    expect(resource.calls).toEqual(['rest', 'wake'])
    again.release()
  })

  test.each<[string, (resource: Resource) => void]>([
    ['has a flaw', (resource) => (resource.nowFlaw = 'dirty')],
    ['cannot be scrubbed', (resource) => (resource.isClean = false)],
  ])('is not lent again when it %s', async (_what, spoil) => {
    const lease = await poolOf().acquire()
    const resource = lease.connection
    spoil(resource)
    lease.release()

    const next = await pool.acquire()

    expect(next.connection).not.toBe(resource)
    expect(pool.stats().closed.dirty).toBe(1)
    next.release()
  })

  test('is gone when it says that it is lost', async () => {
    const lease = await poolOf().acquire()
    const resource = lease.connection
    lease.release()
    await turns()

    resource.lost('idle-data', undefined)

    await until('it is closed', () => pool.stats().total + pool.stats().closing === 0)
    expect(pool.stats().closed['idle-data']).toBe(1)
    expect(resource.calls).toEqual(['rest', 'closeGently'])
  })

  test('is told when its set-up is over', async () => {
    const lease = await poolOf({ onConnect: () => undefined }).acquire()

    expect(lease.connection.calls).toEqual(['keepListeners'])
    lease.release()
  })

  test('is closed gently, and cut when that takes too long', async () => {
    const lease = await poolOf({ closeTimeoutMs: 10 }).acquire()
    const resource = lease.connection
    resource.closesGently = false
    lease.release()
    await turns()

    await pool.close()

    expect(resource.calls).toEqual(['rest', 'closeGently', 'closeNow'])
  })

  test('is its holder’s when it is detached', async () => {
    const lease = await poolOf().acquire()
    const resource = lease.connection

    expect(lease.detach()).toBe(resource)

    expect(resource.calls).toEqual(['forget'])
  })
})
