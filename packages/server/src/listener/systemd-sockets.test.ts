import { describe, expect, test } from 'vitest'

import { systemdFd, systemdSocketNames } from './systemd-sockets.ts'

const passed = (count: string, names?: string, forPid = '7') => ({
  env: { LISTEN_FDS: count, LISTEN_PID: forPid, ...(names !== undefined && { LISTEN_FDNAMES: names }) },
  pid: 7,
})

describe('a socket that systemd passes on', () => {
  test.each([
    ['cache', 3],
    ['db', 4],
    ['0', 3],
    ['1', 4],
  ])('has as %s the descriptor %i', (name, fd) => {
    expect(systemdFd(name, passed('2', 'cache:db'))).toBe(fd)
  })

  test('may be called like the place of another: names come first', () => {
    expect(systemdFd('0', passed('2', 'cache:0'))).toBe(4)
  })

  test('without a name has its place', () => {
    expect([systemdSocketNames(passed('2')), systemdFd('1', passed('2'))]).toEqual([['unknown', 'unknown'], 4])
  })

  test('may be one of many with a name: which, its place must say', () => {
    expect(() => systemdFd('cache', passed('3', 'db:cache:cache'))).toThrow(
      'systemd:cache is the name of 2 sockets; say which by its place: systemd:1',
    )
    expect(systemdFd('2', passed('3', 'db:cache:cache'))).toBe(5)
  })
})

describe('without such a socket', () => {
  test.each([
    ['x', passed('2', 'cache:db'), 'it was passed 0 (cache), 1 (db)'],
    ['2', passed('2', 'cache:db'), 'it was passed 0 (cache), 1 (db)'],
    ['-1', passed('1', 'cache'), 'it was passed 0 (cache)'],
    ['00', passed('1', 'cache'), 'it was passed 0 (cache)'],
    ['cache', { env: {}, pid: 7 }, 'it was passed no socket (LISTEN_FDS, LISTEN_PID)'],
    ['cache', passed('1', 'cache', '8'), 'it was passed no socket (LISTEN_FDS, LISTEN_PID)'],
    ['cache', passed('0'), 'it was passed no socket (LISTEN_FDS, LISTEN_PID)'],
  ])('the error for %s says what there is', (name, own, what) => {
    expect(() => systemdFd(name, own)).toThrow(`systemd:${name} was not passed to this process: ${what}`)
  })
})

test.each([
  [passed('two'), 'LISTEN_FDS must be a number of sockets, got "two"'],
  [passed('-1'), 'LISTEN_FDS must be a number of sockets, got "-1"'],
  [passed('99999'), 'LISTEN_FDS must be a number of sockets, got "99999"'],
  [passed('2', 'cache'), 'LISTEN_FDNAMES has 1 names, LISTEN_FDS says 2'],
])('variables that cannot be right are an error', (own, message) => {
  expect(() => systemdSocketNames(own)).toThrow(message)
})
