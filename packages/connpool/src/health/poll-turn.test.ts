import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { afterPoll } from './poll-turn.ts'

let client: Socket
let peer: Socket

beforeEach(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
  peer = socket
  server.close()
})

afterEach(() => {
  client.destroy()
  peer.destroy()
})

/** Writes, and keeps the event loop from seeing the bytes until they must be in the kernel. */
function sendUnseen(): void {
  peer.write('!')
  const until = performance.now() + 5
  while (performance.now() < until);
}

const beginnings: Readonly<Record<string, (begin: () => void) => void>> = {
  'a timer': (begin) => setTimeout(begin, 1),
  'an immediate': (begin) => setImmediate(begin),
  'a promise': (begin) => queueMicrotask(begin),
  'a tick': (begin) => process.nextTick(begin),
}

test.each(Object.entries(beginnings))('what the kernel has is delivered first, asked from %s', async (_, begin) => {
  const length = await new Promise((resolve) => {
    begin(() => {
      sendUnseen()
      afterPoll(() => resolve(client.readableLength))
    })
  })

  expect(length).toBe(1)
})

test('a test runner that fakes the timers does not stop it', async () => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout'] })
  try {
    await new Promise<void>(afterPoll)
  } finally {
    vi.useRealTimers()
  }
})
