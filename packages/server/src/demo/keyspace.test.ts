import { describe, expect, test } from 'vitest'

import { Keyspace } from './keyspace.ts'

const bytes = (length: number): Buffer => Buffer.alloc(length)

describe('a keyspace that is full', () => {
  test('refuses another key, and takes it when there is room again', () => {
    const keys = new Keyspace({ maxKeys: 2, maxBytes: 1e6 })
    keys.write('a', bytes(1))
    keys.write('b', bytes(1))

    expect(() => keys.write('c', bytes(1))).toThrow('OOM the demo backend keeps 2 keys and 0 MiB; FLUSHALL makes room')
    keys.write('a', bytes(2))
    keys.delete('b')
    keys.write('c', bytes(1))

    expect([...keys.keys()]).toEqual(['a', 'c'])
  })

  test('refuses more bytes, in whatever they are', () => {
    const keys = new Keyspace({ maxKeys: 10, maxBytes: 1_000 })
    keys.write('a', bytes(800))

    expect(() => keys.write('b', bytes(200))).toThrow('OOM')
    expect(() => keys.grow('l', { type: 'list', items: [] }, [200])).toThrow('OOM')
    expect(() => keys.write('a', bytes(937))).toThrow('OOM')
    expect([keys.size, keys.bytes]).toEqual([1, 865])
  })
})

describe('what is counted', () => {
  test('is given back when it goes', () => {
    const keys = new Keyspace({ maxKeys: 10, maxBytes: 1e6 })
    keys.write('a', bytes(100))
    keys.write('a', bytes(10))
    keys.grow('l', { type: 'list', items: [] }, [5, 6]).items.push(bytes(5), bytes(6))
    const full = keys.bytes

    keys.delete('a')
    keys.read('l', 'list')?.items.pop()
    keys.shrink('l', [6])
    keys.read('l', 'list')?.items.pop()
    keys.shrink('l', [5])

    expect(full).toBe(75 + 65 + 69 + 70)
    expect([keys.size, keys.bytes]).toEqual([0, 0])
  })
})

test('a key holds one kind of value', () => {
  const keys = new Keyspace({ maxKeys: 10, maxBytes: 1e6 })
  keys.write('a', bytes(1))

  expect(() => keys.grow('a', { type: 'list', items: [] }, [1])).toThrow('WRONGTYPE')
})
