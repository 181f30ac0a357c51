import { expect, test } from 'vitest'

import { type StartFacts, type StartListener, startScreen } from './start-screen.ts'

const DEMO: StartListener = {
  name: 'demo',
  protocol: 'redis',
  address: '127.0.0.1:6380',
  port: 6380,
  servedBy: ['127.0.0.1:41233'],
  isDemo: true,
}
const FACTS: StartFacts = {
  version: '1.2.3',
  listeners: [DEMO],
  workers: 1,
  admin: { url: 'http://127.0.0.1:9900' },
}

test('the demo says what runs where, what to try and how to go on', () => {
  expect(startScreen(FACTS)).toBe(`
connpool 1.2.3 is up, in one process. Many clients, few connections to the backend.

  redis clients         127.0.0.1:6380
    are served by       127.0.0.1:41233, a small Redis in this process: the demo
  health and numbers    http://127.0.0.1:9900

Try it, in another terminal:

  redis-cli -p 6380 set greeting hello
  redis-cli -p 6380 get greeting
  redis-benchmark -p 6380 -q -c 50 -n 100000 -t get,set

Without redis-cli, Node will do; the answer is +PONG:

  node -e "require('net').connect(6380).on('data',function(d){console.log(d+'');this.end()}).write('PING\\r\\n')"

Put it before a Redis of your own:

  node packages/server/dist/cli.js serve --protocol redis --listen 127.0.0.1:6380 --backend 127.0.0.1:6379

or write a configuration (docs/guide/front-server.md) and see whether it is right:

  node packages/server/dist/cli.js check connpool.yaml
  node packages/server/dist/cli.js serve connpool.yaml

Ctrl-C ends it: sessions finish what they are at, new clients are refused.

`)
})

test('it fits a small terminal', () => {
  const lines = startScreen(FACTS).split('\n')

  expect(lines.length).toBeLessThanOrEqual(32)
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120)
})

test('a default admin port that was taken is said', () => {
  const screen = startScreen({ ...FACTS, admin: { url: 'http://127.0.0.1:40001', takenPort: 9900 } })

  expect(screen).toContain('http://127.0.0.1:40001 (port 9900 was taken; --admin HOST:PORT chooses)')
})

test('a server of your own is told without the demo, and every listener', () => {
  const cache = { ...DEMO, name: 'cache', isDemo: false, servedBy: ['a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1'] }
  const db = {
    ...cache,
    name: 'db',
    protocol: 'tcp',
    address: 'unix:/run/db.sock',
    port: undefined,
    servedBy: ['p:5432'],
  }

  const screen = startScreen({ ...FACTS, listeners: [db, cache], workers: 4, admin: undefined })

  expect(screen).toContain('redis-cli -p 6380 get greeting')
  expect(startScreen({ ...FACTS, listeners: [db], workers: 4, admin: undefined })).not.toContain('Try it')
  expect(screen.replace(/Try it[^]*\+PONG:\n\n.*\n\n/, '')).toBe(`
connpool 1.2.3 is up, in 4 workers. Many clients, few connections to the backend.

  tcp clients           unix:/run/db.sock
    are served by       p:5432
  redis clients         127.0.0.1:6380
    are served by       a:1, b:1, c:1, d:1, e:1 and 2 more

Ctrl-C ends it: sessions finish what they are at, new clients are refused.

`)
})
