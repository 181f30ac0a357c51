import { describe, expect, test } from 'vitest'

import { turns } from '../../../connpool/test/fixtures/until.ts'
import { FakeHandle } from '../../test/fixtures/fake-handle.ts'
import type { PortUser } from './byte-port.ts'
import { HandlePort } from './handle-port.ts'
import { nodeHandles } from './node-handles.ts'

const RESET = -104
const LARGE = Buffer.alloc(100_000)

describe.skipIf(nodeHandles() === undefined)('a port over a bare handle', () => {
  function begin(): { handle: FakeHandle; port: HandlePort; told: string[] } {
    const handle = new FakeHandle()
    const port = HandlePort.over(handle)
    if (port === undefined) throw new Error('this Node keeps its handles to itself')
    const told: string[] = []
    const user: PortUser = {
      take: () => true,
      ended: () => told.push('ended'),
      writable: () => told.push('writable'),
      closed: () => told.push(port.error === undefined ? 'closed' : `closed: ${port.error.message}`),
    }
    port.attach(user)
    port.resume()
    return { handle, port, told }
  }

  test('that is full stays so until it is writable, however little waits by then', () => {
    const { handle, port, told } = begin()

    const answers = [port.write(LARGE), port.write(Buffer.alloc(20_000))]
    handle.makeRoom(110_000)
    answers.push(port.write(Buffer.from('more')))

    expect([answers, port.isFull, told]).toEqual([[false, false, false], true, []])
    handle.makeRoom(1_000_000)
    expect([port.isFull, told]).toEqual([false, ['writable']])
  })

  test('that is reset before all has gone out resets, though it was to end after that', () => {
    const { handle, port } = begin()
    port.write(LARGE)
    port.end()

    port.reset()

    expect(handle.isReset).toBe(true)
  })

  test('takes no end right behind bytes for one that the system does not know of', async () => {
    const { handle, told } = begin()

    handle.receive(Buffer.from('bytes'))
    handle.receiveEnd()
    expect(told).toEqual([])
    handle.receiveError(RESET)
    await turns()

    expect(told).toEqual(['closed: read ECONNRESET'])
  })

  test('takes an end for one that is said twice, that the system knows of, or that comes by itself', () => {
    const [twice, known, alone, later, other] = [begin(), begin(), begin(), begin(), begin()]
    known.handle.getpeername = () => 0
    const bytes = Buffer.from('bytes')

    twice.handle.receive(bytes)
    twice.handle.receiveEnd()
    twice.handle.receiveEnd()
    known.handle.receive(bytes)
    known.handle.receiveEnd()
    alone.handle.receiveEnd()
    later.handle.receive(bytes)
    other.handle.receive(bytes)
    later.handle.receiveEnd()

    expect([twice.told, known.told, alone.told, later.told]).toEqual([['ended'], ['ended'], ['ended'], ['ended']])
  })

  test('that has said its end closes with its peer, after those who made it', async () => {
    const { handle, port, told } = begin()
    port.end()

    handle.receiveEnd()
    told.push('heard')
    await turns()

    expect([handle.isClosed, told]).toEqual([true, ['ended', 'heard', 'closed']])
  })
})
