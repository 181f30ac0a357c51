import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Lease } from 'connpool'
import { FakeClock } from 'connpool/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { turns, until } from '../../../connpool/test/fixtures/until.ts'
import { lines } from '../../src/protocols/lines.ts'
import { BackendCall } from '../../src/session/backend-call.ts'
import { DeadlineList } from '../../src/session/deadline-list.ts'
import type { Backend } from '../../src/session/port-of.ts'
import { backendDialer } from '../../src/upstreams/dial-backend.ts'
import { dialContext } from '../fixtures/dial-context.ts'
import { FakeLending } from '../fixtures/fake-lending.ts'
import { perLine, ScriptedBackend } from '../fixtures/scripted-backend.ts'

type Loan = Lease<Backend>

const dial = backendDialer({ keepAliveMs: 60_000, noDelay: true })

let backend: ScriptedBackend
let asked: string[]
let lending: FakeLending<Loan>
let loans: Loan[]

beforeEach(async () => {
  asked = []
  lending = new FakeLending<Loan>()
  loans = []
  backend = await ScriptedBackend.start(
    perLine((line, socket) => {
      asked.push(line)
      socket.write(`reply to ${line}\n`)
    }),
  )
})

afterEach(async () => {
  for (const { connection } of loans) connection.destroy()
  await backend[Symbol.asyncDispose]()
})

/** A connection to lend, and the backend's end of it. */
async function dialed(): Promise<Socket> {
  loans.push({ connection: await dial(dialContext(backend.endpoint)) } as Loan)
  await until('it is accepted', () => backend.sockets.size === loans.length)
  return [...backend.sockets].at(-1) as Socket
}

/** A call for one line, and what its caller was told. */
function begin(): { readonly call: BackendCall; readonly told: string[] } {
  const told: string[] = []
  const call = new BackendCall({
    protocol: lines(),
    lending,
    batch: { frames: [Buffer.from('question\n')], replies: 1 },
    caller: {
      reply: (bytes) => {
        told.push(String(bytes))
        return true
      },
      answered: () => void told.push('answered'),
      failed: (reason) => void told.push(reason),
    },
  })
  call.begin()
  return { call, told }
}

describe('a request that waits for the end of the turn', () => {
  // What is written in the immediates of a turn goes out in those of the next: what the system has by now is read before.
  const troubles: readonly (readonly [what: string, trouble: (socket: Socket) => void])[] = [
    ['sends a line that nobody has asked for', (socket) => socket.write('reply to another\n')],
    ['resets it', (socket) => socket.resetAndDestroy()],
  ]

  test.each(troubles)('goes to another connection when its backend %s', async (_what, trouble) => {
    const [first] = [await dialed(), await dialed()]
    lending.ready.push(...loans)
    await nextTurn()
    trouble(first)

    const { told } = begin()

    await until('it is answered', () => told.length >= 2)
    expect(told).toEqual(['reply to question\n', 'answered'])
    expect(asked).toEqual(['question'])
    expect(lending.returned).toEqual([
      [loans[0], 'broken'],
      [loans[1], 'clean'],
    ])
  })

  test('goes to nobody when the client has gone, and its connection goes back as it was', async () => {
    await dialed()
    lending.ready.push(...loans)
    const { call, told } = begin()

    call.abandon(new DeadlineList(new FakeClock(), 1_000))

    await turns(20)
    expect([told, asked]).toEqual([[], []])
    expect(lending.returned).toEqual([[loans[0], 'clean']])
  })
})
