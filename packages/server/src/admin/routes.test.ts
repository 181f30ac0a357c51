import { describe, expect, test } from 'vitest'

import { isPublic, methodsOf, routeOf } from './routes.ts'

describe('a target', () => {
  test.each([
    ['/', 'index', ['GET', 'HEAD']],
    ['/healthz', 'healthz', ['GET', 'HEAD']],
    ['/readyz?verbose', 'readyz', ['GET', 'HEAD']],
    ['/metrics', 'metrics', ['GET', 'HEAD']],
    ['/api/state', 'state', ['GET', 'HEAD']],
    ['/api/drain', 'drain', ['POST']],
    ['/api/upstreams/redis/pause', 'pause', ['POST']],
    ['/api/upstreams/redis/resume?x=/', 'resume', ['POST']],
  ])('%s is %s, by %j', (target, name, methods) => {
    const route = routeOf(target)

    expect(route?.name).toBe(name)
    expect(route && methodsOf(route)).toEqual(methods)
  })

  test.each([
    ['/api/upstreams/a%2Fb%20c/pause', 'a/b c'],
    ['/api/upstreams/__proto__/pause', '__proto__'],
    ['/api/upstreams/../pause', '..'],
  ])('%s is about %j', (target, upstream) => {
    expect(routeOf(target)).toEqual({ name: 'pause', upstream })
  })

  test.each([
    '',
    '*',
    '//',
    '/metrics/',
    '/Metrics',
    '/%6detrics',
    'metrics',
    'http://evil.example/metrics',
    '/api',
    '/api/upstreams',
    '/api/upstreams//pause',
    '/api/upstreams/%/pause',
    '/api/upstreams/%ff/pause',
    '/api/upstreams/redis',
    '/api/upstreams/redis/isolate',
    '/api/upstreams/redis/pause/',
    '/x/../metrics',
    '/constructor',
  ])('%j is nothing', (target) => {
    expect(routeOf(target)).toBeUndefined()
  })
})

test('only health and readiness are for everybody', () => {
  const targets = ['/', '/healthz', '/readyz', '/metrics', '/api/state', '/api/drain', '/api/upstreams/a/pause', '/x']

  expect(targets.filter((target) => isPublic(routeOf(target)))).toEqual(['/healthz', '/readyz'])
})
