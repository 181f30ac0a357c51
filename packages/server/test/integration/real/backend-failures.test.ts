/** What clients see of a Redis that is killed, comes back, and stops answering, while they ask all the time. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { RedisServer } from '../../../../connpool/test/fixtures/redis-server.ts'
import { soon, until } from '../../../../connpool/test/fixtures/until.ts'
import { needs } from '../../../../connpool/test/requirements.ts'
import { Front } from '../../fixtures/front.ts'
import { NonceCrowd } from '../../fixtures/real/nonce-crowd.ts'

const CLIENTS = 20
const MOST_CONNECTIONS = 5

describe('clients of a Redis that fails', needs('redis-server'), () => {
  let redis: RedisServer
  let front: Front
  let crowd: NonceCrowd

  beforeEach(async () => {
    redis = await RedisServer.start()
    const pool = { maxSize: MOST_CONNECTIONS }
    // A queue that sheds nothing: whoever is refused here is refused for the backend's sake.
    const listener = { protocol: 'redis', requestTimeout: '800ms', queueTarget: '2s', queueInterval: '2s' } as const
    front = await Front.start({ listener, upstream: { endpoints: [`127.0.0.1:${redis.port}`], pool } })
    crowd = await NonceCrowd.start(CLIENTS, front.port)
    await served(200)
  })

  afterEach(async () => {
    crowd[Symbol.dispose]()
    await front[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })

  /** So many more requests are answered well. */
  async function served(count: number): Promise<void> {
    const { answered } = crowd.tally
    await until('they are served', () => crowd.tally.answered >= answered + count, 15_000)
  }

  /** From now on nobody sees an error. */
  async function allIsWell(): Promise<void> {
    const refused = crowd.tally.refused.length
    await served(1_000)
    expect(crowd.tally.refused.slice(refused)).toEqual([])
  }

  test('are all answered when it is killed, and all served when it is back', async () => {
    await redis.kill()
    await until('somebody is told', () => crowd.tally.refused.length > 0)
    await redis.restart()
    await served(200)

    await allIsWell()
    const { wrong } = await soon(crowd.stop())
    expect(wrong).toEqual([])
    expect(front.pool.total).toBeLessThanOrEqual(MOST_CONNECTIONS)
  })

  test('are told at once after a while, and do not wait for what is not there', async () => {
    await redis.kill()
    await until('the outage has lasted', () => crowd.tally.refused.some((each) => each.includes('no backend')), 15_000)

    const { wrong } = await soon(crowd.stop())
    expect(wrong).toEqual([])
  })

  test('get an error each when it stops answering, and never a reply that is late', async () => {
    const before = front.server.stats().upstreams['backend']?.pool.dials ?? 0
    redis.freeze()
    await until('each is told', () => crowd.tally.refused.length >= CLIENTS, 15_000)
    const { answered } = crowd.tally
    await delay(100)
    expect(crowd.tally.answered).toBe(answered)

    redis.thaw()
    await served(200)
    await allIsWell()
    const { wrong } = await soon(crowd.stop())

    expect(wrong).toEqual([])
    // None of those that had a request under way was used again.
    expect(front.server.stats().upstreams['backend']?.pool.dials).toBeGreaterThanOrEqual(before + MOST_CONNECTIONS)
  })
})
