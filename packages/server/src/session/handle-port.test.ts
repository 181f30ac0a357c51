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

  test('takes no end for one that the system does not know of', async () => {
    const { handle, told } = begin()

    handle.receiveEnd()
    expect(told).toEqual([])
    handle.receiveError(RESET)
    await turns()

    expect(told).toEqual(['closed: read ECONNRESET'])
  })

  test('takes an end for one that is said twice, or that the system knows of', () => {
    const one = begin()
    const other = begin()
    other.handle.getpeername = () => 0

    one.handle.receiveEnd()
    one.handle.receiveEnd()
    other.handle.receiveEnd()

    expect([one.told, other.told]).toEqual([['ended'], ['ended']])
  })
})
