import { describe, expect, test } from 'vitest'

import { ask, poolOf as poolInsteadOfGenericPool, type Client } from './moving-from-generic-pool.ts'
import { askOrGiveUp, poolOf as poolInsteadOfTarn } from './moving-from-tarn.ts'

class FakeClient implements Client {
  hasQuit = false
  isHealthy = true

  ping(): Promise<boolean> {
    return Promise.resolve(this.isHealthy)
  }

  query(text: string): Promise<string> {
    return text === 'bad' ? Promise.reject(new Error('syntax')) : Promise.resolve(`${text}!`)
  }

  quit(): Promise<void> {
    this.hasQuit = true
    return Promise.resolve()
  }
}

describe.each([
  ['generic-pool', poolInsteadOfGenericPool],
  ['tarn', poolInsteadOfTarn],
])('what %s did', (_name, poolOf) => {
  test('the pool does: it opens the least, probes, replaces and quits', async () => {
    const clients: FakeClient[] = []
    const pool = poolOf(() => Promise.resolve(clients[clients.push(new FakeClient()) - 1] as FakeClient))
    await pool.ready()

    const answer = await ask(pool, 'hello')
    await expect(ask(pool, 'bad')).rejects.toThrow('syntax')
    for (const client of clients) client.isHealthy = false
    const next = await ask(pool, 'again')
    const late = askOrGiveUp(pool, 'hello', AbortSignal.abort(new Error('too late')))
    await expect(late).rejects.toThrow('too late')
    await pool.close()

    expect([answer, next]).toEqual(['hello!', 'again!'])
    expect(pool.stats()).toMatchObject({ released: 2, discarded: 1 })
    expect(pool.stats().closed['probe-failed']).toBeGreaterThan(0)
    expect(clients.every((client) => client.hasQuit)).toBe(true)
  })
})
