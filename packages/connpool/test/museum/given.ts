import type { PoolOptions } from 'connpool'
import { FakeClock, FakeDialer } from 'connpool/testing'
import type { FakeConnection, FakeDialerOptions } from 'connpool/testing'
import { Callers } from '../fixtures/callers.ts'
import { ownPool } from '../fixtures/own-pool.ts'

/** What an exhibit stands in: a pool without a network, on a clock of its own. */
export function given(options: PoolOptions<FakeConnection> = {}, dialing: FakeDialerOptions<FakeConnection> = {}) {
  const clock = new FakeClock()
  const dialer = new FakeDialer({ clock, ...dialing })
  const pool = ownPool({ dial: dialer.dial, clock, random: () => 0.9, maxSize: 1, ...options })
  return { clock, dialer, pool, callers: new Callers(pool, clock) }
}
