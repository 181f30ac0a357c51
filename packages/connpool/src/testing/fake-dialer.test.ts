import { describe, expect, test } from 'vitest'

import { FakeClock } from './fake-clock.ts'
import { FakeConnection } from './fake-connection.ts'
import { FakeDialer } from './fake-dialer.ts'

function context(): { signal: AbortSignal } {
  return { signal: new AbortController().signal }
}

describe('a fake dialer', () => {
  test('succeeds at once unless it is told otherwise', async () => {
    const dialer = new FakeDialer()

    const connection = await dialer.dial(context())

    expect(connection).toBeInstanceOf(FakeConnection)
    expect(dialer.dials.map((dial) => dial.state)).toEqual(['succeeded'])
    expect(dialer.connections).toEqual([connection])
  })

  test('takes delayMs of its clock', async () => {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock, delayMs: 150 })
    const dialed = dialer.dial(context())

    await clock.advance(149)
    expect(dialer.pending).toHaveLength(1)

    await clock.advance(1)
    await expect(dialed).resolves.toBeInstanceOf(FakeConnection)
  })

  test('refuses a delay without a clock', () => {
    expect(() => new FakeDialer({ delayMs: 5 })).toThrow('needs a clock')
  })

  test('fails as often as it is told, then succeeds again', async () => {
    const dialer = new FakeDialer()
    dialer.failNext(2)

    await expect(dialer.dial(context())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(dialer.dial(context())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(dialer.dial(context())).resolves.toBeInstanceOf(FakeConnection)
  })

  test('is answered by hand, the oldest dial first', async () => {
    const dialer = new FakeDialer({ answers: 'by-hand' })
    const first = dialer.dial(context())
    const second = dialer.dial(context())

    const connection = dialer.succeed()
    dialer.fail(new Error('no route'))

    await expect(first).resolves.toBe(connection)
    await expect(second).rejects.toThrow('no route')
    expect(() => dialer.succeed()).toThrow('no dial is pending')
  })

  test('lets a dial hang until it is given up', async () => {
    const dialer = new FakeDialer()
    dialer.hangNext()
    const abort = new AbortController()
    const dialed = dialer.dial({ signal: abort.signal })

    abort.abort(new Error('given up'))

    await expect(dialed).rejects.toThrow('given up')
    expect(dialer.dials[0]?.state).toBe('aborted')
    expect(dialer.connections).toEqual([])
  })

  test('does not begin a dial that was given up before', async () => {
    const dialer = new FakeDialer()

    await expect(dialer.dial({ signal: AbortSignal.abort('too late') })).rejects.toBe('too late')
  })

  test('makes no connection for a dial that was given up on the way', async () => {
    const clock = new FakeClock()
    const dialer = new FakeDialer({ clock, delayMs: 10 })
    const abort = new AbortController()
    const dialed = dialer.dial({ signal: abort.signal })

    abort.abort('no longer wanted')
    await expect(dialed).rejects.toBe('no longer wanted')
    await clock.advance(20)

    expect(dialer.connections).toEqual([])
  })

  test('counts what is open', async () => {
    const dialer = new FakeDialer()
    const connection = await dialer.dial(context())
    await dialer.dial(context())

    connection.destroy()

    expect(dialer.openCount).toBe(1)
  })

  test('makes connections of any other kind', async () => {
    const dialer = new FakeDialer({ connection: (id) => ({ session: `s${id}` }) })

    await expect(dialer.dial(context())).resolves.toEqual({ session: 's1' })
  })
})

describe('a fake connection', () => {
  test('keeps what is written and says what it is told', () => {
    const connection = new FakeConnection(1)
    connection.setEncoding('utf8')

    connection.write('PING\n')
    connection.say('PONG\n')

    expect(connection.written).toBe('PING\n')
    expect(connection.read()).toBe('PONG\n')
  })

  test('answers by its reply function', async () => {
    const connection = new FakeConnection(1, (request) => (request === 'PING\n' ? 'PONG\n' : undefined))
    const heard: string[] = []
    connection.on('data', (bytes: Buffer) => heard.push(bytes.toString()))

    connection.write('PING\n')
    connection.write('anything else\n')
    await new FakeClock().settle()

    expect(heard).toEqual(['PONG\n'])
  })

  test('closes when the server hangs up, even if nobody reads', async () => {
    const connection = new FakeConnection(1)

    connection.hangUp()
    await new FakeClock().settle()

    expect(connection.closed).toBe(true)
    expect(connection.errored).toBeNull()
  })

  test('closes after end(), because the server ends its side too', async () => {
    const connection = new FakeConnection(1)

    connection.end()
    await new FakeClock().settle()

    expect(connection.closed).toBe(true)
  })

  test('stays open after end() when it has gone silent', async () => {
    const connection = new FakeConnection(1)
    connection.goSilent()

    connection.end()
    connection.say('never heard')
    await new FakeClock().settle()

    expect(connection.closed).toBe(false)
    expect(connection.readableLength).toBe(0)
  })

  test('breaks with ECONNRESET when it is killed', async () => {
    const connection = new FakeConnection(1)
    const errors: unknown[] = []
    connection.on('error', (error) => errors.push(error))

    connection.kill()
    await new FakeClock().settle()

    expect(errors).toMatchObject([{ code: 'ECONNRESET' }])
  })
})
