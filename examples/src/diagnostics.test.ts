import { Pool } from 'connpool'
import { expect, test } from 'vitest'

import { reportSlowAcquires } from './diagnostics.ts'
import { SmallRedis } from './redis/small-redis.ts'

test('every pool of the process is heard, until the report is disposed', async () => {
  await using redis = await SmallRedis.start()
  const lines: string[] = []
  await using first = new Pool({ endpoint: redis.endpoint, name: 'first' })
  await using second = new Pool({ endpoint: redis.endpoint, name: 'second' })

  const reporting = reportSlowAcquires(0, (line) => lines.push(line))
  await first.use(() => undefined)
  await second.use(() => undefined)
  reporting[Symbol.dispose]()
  await first.use(() => undefined)

  expect(lines).toEqual([
    expect.stringMatching(/^first: waited \d+ ms for a connection$/),
    expect.stringMatching(/^second: waited \d+ ms for a connection$/),
  ])
})
