import { connect } from 'node:net'
import { expect, test } from 'vitest'

import { counter } from './own-protocol.ts'

test('messages are answered in order, however they are cut', async () => {
  await using server = counter()
  await server.start()
  const client = connect(server.listening[0]?.port ?? 0, '127.0.0.1')

  client.write(Buffer.of(2, 1))
  client.write(Buffer.of(1, 0, 3, 1, 1, 1))
  client.end()
  const replies = Buffer.concat((await client.toArray()) as Buffer[]).toString()

  expect(replies).toBe('\u00072 bytes\u00072 bytes\u00075 bytes')
})
