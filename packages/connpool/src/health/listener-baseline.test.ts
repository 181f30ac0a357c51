import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'

import { ListenerBaseline } from './listener-baseline.ts'

const mine = (): void => undefined
const other = (): void => undefined

/** The same stream, seen without Node's own table of listeners: what a future Node may look like. */
function withoutTable(stream: Duplex): Duplex {
  return new Proxy(stream, {
    get(target, name) {
      if (name === '_events' || name === '_eventsCount') return undefined
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const views: Readonly<Record<string, (stream: Duplex) => Duplex>> = {
  'with the table of Node': (stream) => stream,
  'without any table': withoutTable,
}

describe.each(Object.entries(views))('the listeners of a stream, %s,', (_, view) => {
  function prepared(): { stream: Duplex; seen: Duplex; baseline: ListenerBaseline } {
    const stream = new PassThrough()
    stream.on('end', mine).on('close', mine).on('close', other).once('finish', mine)
    const seen = view(stream)
    return { stream, seen, baseline: new ListenerBaseline(seen) }
  }

  test('are intact when nothing has changed', () => {
    const { seen, baseline } = prepared()

    expect(baseline.isIntact(seen)).toBe(true)
    expect(baseline.restore(seen)).toBe(true)
  })

  const additions: Readonly<Record<string, (stream: Duplex) => unknown>> = {
    'another name': (stream) => stream.on('data', other),
    'another one of the same name': (stream) => stream.on('end', other),
    'the same one again': (stream) => stream.on('close', mine),
    'the same one again, in front': (stream) => stream.prependListener('close', mine),
    'one for once': (stream) => stream.once('close', other),
    'a symbol': (stream) => stream.on(Symbol('private'), other),
    'many of them': (stream) => stream.on('a', mine).on('a', mine).on('a', other).once('a', mine).on('b', other),
  }

  test.each(Object.entries(additions))('lose %s that was added', (_name, add) => {
    const { stream, seen, baseline } = prepared()
    add(stream)
    expect(baseline.isIntact(seen)).toBe(false)

    expect(baseline.restore(seen)).toBe(true)
    expect(stream.rawListeners('end')).toContain(mine)
    expect(stream.listeners('close').filter((listener) => listener === mine || listener === other)).toEqual([
      mine,
      other,
    ])
    expect(baseline.isIntact(seen)).toBe(true)
  })

  const losses: Readonly<Record<string, (stream: Duplex) => unknown>> = {
    'one is missing': (stream) => stream.off('end', mine),
    'one of several is missing': (stream) => stream.off('close', other),
    'all are missing': (stream) => stream.removeAllListeners(),
    'one has been replaced': (stream) => stream.off('end', mine).on('end', other),
    'they are in another order': (stream) => stream.off('close', mine).on('close', mine),
    'a once has become an on': (stream) => stream.off('finish', mine).on('finish', mine),
    'one is missing and another name is there': (stream) => stream.off('end', mine).on('data', mine),
  }

  test.each(Object.entries(losses))('are not restored when %s', (_name, remove) => {
    const { stream, seen, baseline } = prepared()
    remove(stream)

    expect(baseline.isIntact(seen)).toBe(false)
    expect(baseline.restore(seen)).toBe(false)
  })

  test('are not restored when something pipes into the stream', () => {
    const { stream, seen, baseline } = prepared()
    new PassThrough().pipe(stream)

    expect(baseline.restore(seen)).toBe(false)
  })
})

test('a readable listener is taken away without a tick that would find the stream in the hands of somebody else', async () => {
  const stream = new PassThrough()
  const baseline = new ListenerBaseline(stream)
  stream.on('readable', mine)

  expect(baseline.restore(stream)).toBe(true)
  stream.pause()
  await new Promise<void>((resolve) => process.nextTick(resolve))
  expect(stream.readableFlowing).toBe(false)
})
