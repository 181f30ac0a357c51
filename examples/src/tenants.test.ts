import { expect, test } from 'vitest'

import { SmallRedis } from './redis/small-redis.ts'
import { TenantStore } from './tenants.ts'

test('each tenant is served by its own server, and only those who ask have connections', async () => {
  await using redisOfAnn = await SmallRedis.start()
  await using redisOfBen = await SmallRedis.start()
  await using redisOfCid = await SmallRedis.start()
  const endpoints = { ann: redisOfAnn.endpoint, ben: redisOfBen.endpoint, cid: redisOfCid.endpoint }
  await using store = new TenantStore(new Map(Object.entries(endpoints)))

  await store.ask('ann', ['SET', 'name', 'Ann'])
  await store.ask('ben', ['SET', 'name', 'Ben'])
  const names = [await store.ask('ann', ['GET', 'name']), await store.ask('ben', ['GET', 'name'])]

  expect(names).toEqual(['Ann', 'Ben'])
  expect(store.connections()).toEqual(
    new Map([
      [endpoints.ann, 1],
      [endpoints.ben, 1],
    ]),
  )
  expect(redisOfCid.connectionCount).toBe(0)
  await expect(store.ask('eve', ['GET', 'name'])).rejects.toThrow('no such tenant: eve')
})
