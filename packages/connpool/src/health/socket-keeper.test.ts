import { Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'

import { SocketKeeper } from './socket-keeper.ts'

interface Kept {
  readonly keeper: SocketKeeper
  readonly lost: unknown[][]
}

function keep(stream: Duplex): Kept {
  const lost: unknown[][] = []
  const keeper = new SocketKeeper(
    stream,
    (why, error) => lost.push(error === undefined ? [why] : [why, error.message]),
    { keepAliveMs: 60_000, noDelay: true },
  )
  return { keeper, lost }
}

/** Long enough for ticks and immediates; a stream of this process needs nothing else. */
async function turns(count = 4): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}

describe('a duplex stream that is no socket', () => {
  test('has no flaw when fresh, and is put back in the same call', () => {
    const [mine] = duplexPair()
    const { keeper } = keep(mine)
    mine.on('data', () => undefined)
    mine.pause()

    expect(keeper.flaw()).toBe(undefined)
    expect(keeper.scrub()).toBe(true)
    expect(mine.readableFlowing).toBe(null)
    expect(mine.isPaused()).toBe(false)
    expect(mine.listenerCount('data')).toBe(0)
  })

  test('keeps its bytes for the next user', async () => {
    const [mine, theirs] = duplexPair()
    const { keeper } = keep(mine)
    mine.resume()
    await turns()
    keeper.scrub()

    theirs.write('kept')
    await turns()

    expect(String(mine.read())).toBe('kept')
  })

  test('is dirty with unread or unwritten bytes', async () => {
    const [mine, theirs] = duplexPair()
    const { keeper } = keep(mine)
    theirs.write('x')
    await turns()
    const stuck = new Duplex({ read: () => undefined, write: () => undefined })
    stuck.write('x')

    mine.read(0)
    await turns()
    expect(keeper.flaw()).toBe('dirty')
    expect(keep(stuck).keeper.flaw()).toBe('dirty')
    expect(keep(stuck).keeper.isWriting()).toBe(true)
  })

  test('is lost to bytes while it rests', async () => {
    const [mine, theirs] = duplexPair()
    const { keeper, lost } = keep(mine)
    keeper.rest()
    await turns()
    expect(lost).toEqual([])

    theirs.write('x')
    await turns()

    expect(lost).toEqual([['idle-data']])
  })

  test("is lost to its peer's end while it rests, though it may stay half open", async () => {
    const [mine, theirs] = duplexPair()
    const { keeper, lost } = keep(mine)
    keeper.rest()

    theirs.end()
    await turns()

    expect(mine.allowHalfOpen).toBe(true)
    expect(lost).toEqual([['peer-closed']])
    expect(keeper.flaw()).toBe('peer-closed')
  })

  test('is lost to an error while it rests, before it has closed', async () => {
    const slow = new Duplex({ read: () => undefined, destroy: (_error, done) => void setImmediate(done) })
    const { keeper, lost } = keep(slow)
    keeper.rest()

    slow.emit('error', new Error('out of the blue'))
    expect(lost).toEqual([['socket-error', 'out of the blue']])
    slow.destroy()
    await turns()

    expect(lost).toHaveLength(1)
  })

  test('that was once in error has that flaw for ever', () => {
    const [mine] = duplexPair()
    const { keeper, lost } = keep(mine)

    mine.emit('error', new Error('not destroyed'))

    expect(keeper.flaw()).toBe('socket-error')
    expect(lost).toEqual([])
  })

  test('rests and wakes any number of times, and is read by its user afterwards', async () => {
    const [mine, theirs] = duplexPair()
    const { keeper, lost } = keep(mine)
    for (let round = 0; round < 3; round++) {
      keeper.rest()
      keeper.rest()
      await turns()
      keeper.wake()
      keeper.wake()
      const chunks: string[] = []
      mine.on('data', (chunk: Buffer) => chunks.push(String(chunk)))
      theirs.write('hello')
      await turns()
      expect(chunks).toEqual(['hello'])
      expect([keeper.flaw(), keeper.scrub()]).toEqual([undefined, true])
    }

    expect(lost).toEqual([])
  })

  test('is closed gently when both sides have ended', async () => {
    const [mine, theirs] = duplexPair()
    const { keeper, lost } = keep(mine)
    const told: string[] = []
    keeper.closeGently(() => told.push('closed'))
    theirs.write('dropped')
    await turns()
    expect(told).toEqual([])

    theirs.resume().end()
    await turns()

    expect(told).toEqual(['closed'])
    expect(lost).toEqual([])
  })

  test('is closed at once when it has unwritten bytes', async () => {
    const stuck = new Duplex({ read: () => undefined, write: () => undefined })
    const { keeper } = keep(stuck)
    const told: string[] = []
    stuck.write('never sent')

    keeper.closeGently(() => told.push('closed'))
    await turns()

    expect(stuck.destroyed).toBe(true)
    expect(told).toEqual(['closed'])
  })

  test('that emits no close event is closed all the same', async () => {
    const silent = new Duplex({ read: () => undefined, emitClose: false })
    const { keeper } = keep(silent)
    const told: string[] = []

    keeper.closeNow(() => told.push('closed'))
    expect(told).toEqual([])
    await turns()

    expect(told).toEqual(['closed'])
  })

  test('that closes slowly has closed when it says so', async () => {
    let finish: (error: null) => void = () => undefined
    const slow = new Duplex({ read: () => undefined, destroy: (_error, done) => void (finish = done) })
    const { keeper } = keep(slow)
    const told: string[] = []
    keeper.closeNow(() => told.push('closed'))
    await turns(10)
    expect(told).toEqual([])

    finish(null)
    await turns()

    expect(told).toEqual(['closed'])
  })

  test('survives errors after it has closed', async () => {
    const [mine] = duplexPair()
    const { keeper, lost } = keep(mine)
    await new Promise<void>((resolve) => keeper.closeNow(resolve))

    expect(() => mine.emit('error', new Error('an afterthought'))).not.toThrow()
    expect(lost).toEqual([])
  })

  test('that is forgotten reports nothing, and carries no listener of the keeper', async () => {
    const [mine] = duplexPair()
    const before = mine.eventNames().length
    const { keeper, lost } = keep(mine)
    keeper.rest()

    keeper.forget()
    mine.destroy()
    await turns()

    expect(mine.eventNames()).toHaveLength(before)
    expect(lost).toEqual([])
  })
})
