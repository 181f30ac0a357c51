import { type Command, command, type CommandContext, keyOf, wholeOf } from '../command.ts'
import { CommandError } from '../keyspace.ts'
import { array, bulk, failure, integer, OK, type Reply, simple } from '../reply.ts'

/** What clients ask for when they connect, and what people type to look around. */
export const SERVER_COMMANDS: Readonly<Record<string, Command>> = {
  PING: command(0, 1, ([word]) => (word === undefined ? simple('PONG') : bulk(word))),
  ECHO: command(1, 1, ([word]) => bulk(word)),
  QUIT: command(0, 0, () => OK),
  SELECT: command(1, 1, ([index]) => (wholeOf(index) === 0 ? OK : failure('ERR DB index is out of range'))),
  HELLO: command(0, Infinity, hello),
  AUTH: command(1, 2, () => failure('ERR AUTH called without any password configured')),
  CLIENT: command(1, Infinity, client),
  COMMAND: command(0, Infinity, () => array([])),
  CONFIG: command(1, Infinity, config),
  INFO: command(0, Infinity, (_words, { keys }) => bulk(infoText(keys.size, keys.bytes))),
  DBSIZE: command(0, 0, (_words, { keys }) => integer(keys.size)),
  FLUSHALL: command(0, 1, flush),
  FLUSHDB: command(0, 1, flush),
  DEL: command(1, Infinity, (words, { keys }) => integer(words.filter((word) => keys.delete(keyOf(word))).length)),
  EXISTS: command(1, Infinity, (words, { keys }) =>
    integer(words.filter((word) => keys.typeOf(keyOf(word)) !== undefined).length),
  ),
  TYPE: command(1, 1, ([key], { keys }) => simple(keys.typeOf(keyOf(key)) ?? 'none')),
  TTL: command(1, 1, ([key], { keys }) => integer(keys.typeOf(keyOf(key)) === undefined ? -2 : -1)),
  KEYS: command(1, 1, listKeys),
}

const VERSION = '7.0.0'
const SETTINGS: Readonly<Record<string, string>> = { save: '', appendonly: 'no' }

function hello([version]: readonly Buffer[], { connection }: CommandContext): Reply {
  if (version !== undefined && keyOf(version) !== '2') return failure('NOPROTO the demo backend speaks RESP2')
  const facts = ['server', 'redis', 'version', VERSION].map((each) => bulk(each))
  const counts = [bulk('proto'), integer(2), bulk('id'), integer(connection.id)]
  return array([
    ...facts,
    ...counts,
    bulk('mode'),
    bulk('standalone'),
    bulk('role'),
    bulk('master'),
    bulk('modules'),
    array([]),
  ])
}

function client([what, value]: readonly Buffer[], { connection }: CommandContext): Reply {
  switch (keyOf(what).toUpperCase()) {
    case 'ID':
      return integer(connection.id)
    case 'GETNAME':
      return bulk(connection.name)
    case 'SETNAME':
      connection.name = keyOf(value).slice(0, 100)
      return OK
    case 'SETINFO':
      return OK
    default:
      return failure('ERR the demo backend knows CLIENT ID, GETNAME, SETNAME and SETINFO')
  }
}

function config([what, name]: readonly Buffer[]): Reply {
  if (keyOf(what).toUpperCase() !== 'GET') return failure('ERR the demo backend cannot be configured')
  const setting = keyOf(name).toLowerCase()
  const value = Object.hasOwn(SETTINGS, setting) ? SETTINGS[setting] : undefined
  return array(value === undefined ? [] : [bulk(setting), bulk(value)])
}

function flush(_words: readonly Buffer[], { keys }: CommandContext): Reply {
  keys.clear()
  return OK
}

function listKeys([pattern]: readonly Buffer[], { keys }: CommandContext): Reply {
  const text = keyOf(pattern)
  const prefix = text.endsWith('*') ? text.slice(0, -1) : text
  if (/[*?[\]\\]/.test(prefix)) throw new CommandError('ERR the demo backend knows KEYS * and KEYS prefix*')
  const isMeant = (key: string): boolean => (text.endsWith('*') ? key.startsWith(prefix) : key === text)
  return array([...keys.keys()].filter((key) => isMeant(key)).map((key) => bulk(Buffer.from(key, 'latin1'))))
}

function infoText(keyCount: number, bytes: number): string {
  const lines = ['# Server', `redis_version:${VERSION}`, 'redis_mode:standalone', 'connpool_demo_backend:1']
  return [
    ...lines,
    '# Persistence',
    'loading:0',
    '# Memory',
    `used_memory:${bytes}`,
    '# Keyspace',
    `db0:keys=${keyCount}`,
    '',
  ].join('\r\n')
}
