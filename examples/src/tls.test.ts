import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { securePool } from './tls.ts'

const file = (name: string): string =>
  fileURLToPath(new URL(`../../packages/connpool/test/integration/certificates/${name}`, import.meta.url))

test('both ends show their certificates', async () => {
  const own = { cert: readFileSync(file('localhost.crt')), key: readFileSync(file('localhost.key')) }
  const server = createServer({ ...own, ca: readFileSync(file('authority.crt')), requestCert: true }, (socket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const files = { authority: file('authority.crt'), certificate: file('client.crt'), key: file('client.key') }
  const pool = securePool('localhost', port, files)

  const name = await pool.use(async (socket) => String((await once(socket, 'data')) as [Buffer]))

  expect(name).not.toBe('undefined')
  await pool.close()
  await once(server.close(), 'close')
})
