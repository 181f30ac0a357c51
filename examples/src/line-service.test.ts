import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'

import { lineService } from './line-service.ts'

/** Answers a line with what it is and the line, or as it is told to. */
async function backend(
  what: string,
  answer = (socket: Socket, line: Buffer): unknown => socket.write(`${what} ${line.toString()}`),
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((socket) => socket.on('data', (line) => answer(socket, line)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) }
}

test('each line is answered by the backend for its kind', async () => {
  await using users = await backend('user')
  await using stock = await backend('items of')
  await using server = lineService(users.address, stock.address)
  await server.start()
  const client = connect(server.listening[0]?.port ?? 0, '127.0.0.1')

  client.end('GET /users/7\nGET /stock/7\nGET /else\n')
  const replies = (await client.toArray()).join('')

  expect(replies).toBe('200 user 7\n200 items of 7\n404 not found\n')
})

test('a backend that hangs up costs one answer, and at once; one that is silent costs it in time', async () => {
  await using users = await backend('user', (socket) => socket.destroy())
  await using stock = await backend('items of', () => undefined)
  await using server = lineService(users.address, stock.address)
  await server.start()
  const client = connect(server.listening[0]?.port ?? 0, '127.0.0.1')

  client.end('GET /users/7\nGET /stock/7\n')
  const replies = (await client.toArray()).join('')

  expect(replies).toBe('ERR connpool: the handler has failed\nERR connpool: the request has taken too long\n')
})
