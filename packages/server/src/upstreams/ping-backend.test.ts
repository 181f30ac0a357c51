import { expect, test } from 'vitest'

import { redis } from '../protocols/redis.ts'
import type { BytePort, PortUser, Sent } from '../session/byte-port.ts'
import { pingBackend } from './ping-backend.ts'

/** Answers before it says that the question has gone out, as a TLS connection may. */
class HastyPort implements BytePort {
  user: PortUser | undefined
  sent: Sent = () => undefined
  readonly isWritable = true
  readonly isFull = false
  readonly unsentBytes = 0
  readonly error = undefined
  readonly local = { address: undefined, port: undefined }

  attach(user: PortUser): void {
    this.user = user
  }

  detach(): void {
    this.user = undefined
  }

  write(_bytes: Uint8Array, sent: Sent = () => undefined): boolean {
    this.sent = sent
    this.user?.take(Buffer.from('+PONG\r\n'))
    return true
  }

  withdraw(): boolean {
    return false
  }

  resume(): void {}
  pause(): void {}
  end(): void {}
  destroy(): void {}
  reset(): void {}
}

const { signal } = new AbortController()
const healthy = { request: Buffer.from('PING\r\n'), isHealthy: () => true }

test('an answer that comes before the question has gone out waits for that', async () => {
  const port = new HastyPort()
  let answer: boolean | undefined
  const asked = pingBackend(port, { ping: healthy, protocol: redis() }, signal).then((is) => (answer = is))
  await Promise.resolve()
  expect([answer, port.user === undefined]).toEqual([undefined, false])

  port.sent()

  expect(await asked).toBe(true)
  expect(port.user).toBeUndefined()
})

test('a question that never goes out has no healthy answer', async () => {
  const port = new HastyPort()
  const asked = pingBackend(port, { ping: healthy, protocol: redis() }, signal)

  port.sent(new Error('lost'))

  expect(await asked).toBe(false)
})

test('what a protocol throws when the question has gone out is what it rejects with', async () => {
  const port = new HastyPort()
  const wrong = (): never => {
    throw new Error('mine')
  }
  const asked = pingBackend(port, { ping: { ...healthy, isHealthy: wrong }, protocol: redis() }, signal)

  port.sent()

  await expect(asked).rejects.toThrow('mine')
})
