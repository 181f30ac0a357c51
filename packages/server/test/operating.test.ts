/** The files in `docs/operating` are what people copy, so what can be checked of them is. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { EXIT_STATUS } from '../src/cli/exit-status.ts'
import { runProgram } from '../src/cli/program.ts'
import { startScreen } from '../src/demo/start-screen.ts'
import { EVENT_LINES } from '../src/log/event-lines.ts'
import { parseConfig } from '../src/config/parse-config.ts'
import { systemdFd } from '../src/listener/systemd-sockets.ts'
import { exposeStats } from '../src/admin/metrics/expose-stats.ts'
import { methodsOf, routeOf } from '../src/admin/routes.ts'
import { parseExposition } from './fixtures/parse-exposition.ts'
import { listenerStats, serverStats, upstreamReport, endpointStats, workerStats } from './fixtures/stats.ts'

const docs = new URL('../../../docs/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, docs), 'utf8')
const root = fileURLToPath(new URL('../', docs))

/** `Key=value` lines of a unit by section; a key may come more than once. */
function unit(file: string): Map<string, [string, string][]> {
  const sections = new Map<string, [string, string][]>()
  let current: [string, string][] = []
  for (const line of read(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))) {
    const [, section] = /^\[(\w+)\]$/.exec(line) ?? []
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (section === undefined) current.push([key, value])
    else sections.set(section, (current = []))
    expect(section ?? key).not.toBe('')
  }
  return sections
}

const valuesOf = (file: string, section: string): Map<string, string> => new Map(unit(file).get(section))

describe('the systemd service', () => {
  const service = valuesOf('operating/connpool.service', 'Service')
  const drainTimeoutMs = parseConfig(read('operating/connpool.yaml'), { file: 'connpool.yaml' }).drainTimeoutMs

  test('runs the server with the configuration beside it', () => {
    expect(service.get('ExecStart')).toMatch(
      /\/@connpool\/server\/dist\/cli\.js serve \/etc\/connpool\/connpool\.yaml$/,
    )
  })

  test('is given more time to end than the drain may take', () => {
    expect(Number(service.get('TimeoutStopSec')) * 1_000).toBeGreaterThan(drainTimeoutMs)
  })

  test('tells the first process only, which tells its workers', () => {
    expect([service.get('KillMode'), service.get('ExecReload')]).toEqual(['mixed', '/bin/kill -HUP $MAINPID'])
  })

  test('does not try again what is configured wrongly, and does not count a cut as a failure', () => {
    expect([service.get('RestartPreventExitStatus'), service.get('SuccessExitStatus')]).toEqual(['2', '1'])
  })

  test('lets JavaScript be compiled', () => {
    expect(service.has('MemoryDenyWriteExecute')).toBe(false)
  })

  test('listens where the socket unit does: by its name', () => {
    const socket = valuesOf('operating/connpool.socket', 'Socket')
    const [listener] = parseConfig(read('operating/connpool.yaml'), { file: 'connpool.yaml' }).listeners
    const name = listener !== undefined && 'systemd' in listener.listen ? listener.listen.systemd : ''
    const env = { LISTEN_FDS: '1', LISTEN_PID: '7', LISTEN_FDNAMES: socket.get('FileDescriptorName') }

    expect(systemdFd(name, { env, pid: 7 })).toBe(3)
    expect(valuesOf('operating/connpool.service', 'Unit').get('Requires')).toBe('connpool.socket')
  })

  test('may open as many files as its configuration may need', () => {
    const { listeners, upstreams } = parseConfig(read('operating/connpool.yaml'), { file: 'connpool.yaml' })
    const needed = [...listeners.map((each) => each.maxClients), ...upstreams.map((each) => each.maxSize)]

    expect(Number(service.get('LimitNOFILE'))).toBeGreaterThan(needed.reduce((sum, each) => sum + each, 64))
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly securityContext: Readonly<Record<string, unknown>>
        readonly containers: readonly [Container]
      }
    }
    readonly ports: readonly { readonly targetPort: string }[]
  }
}

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } }
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } }
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
}

describe('the Kubernetes example', () => {
  const documents = parseAllDocuments(read('operating/kubernetes.yaml'))
  const manifests = documents.map((document) => document.toJS() as Manifest)
  const find = (kind: string): Manifest => {
    const found = manifests.find((each) => each.kind === kind)
    if (found === undefined) throw new Error(`no ${kind}`)
    return found
  }
  const pod = find('Deployment').spec.template.spec
  const [container] = pod.containers
  const config = find('ConfigMap').data?.['connpool.yaml'] ?? ''
  const settings = parseConfig(config, { file: 'connpool.yaml', env: { ADMIN_TOKEN: 'secret' } })

  test('is YAML without errors', () => {
    expect(documents.flatMap((document) => ('errors' in document ? document.errors : []))).toEqual([])
    expect(manifests.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment', 'Service', 'PodDisruptionBudget'])
  })

  test('has a configuration that is right, with a token from the environment', () => {
    expect(settings.admin?.token?.equals('secret')).toBe(true)
    expect(container.env.map(({ name }) => name)).toEqual(['ADMIN_TOKEN'])
    expect(container.args).toEqual(['serve', '/etc/connpool/connpool.yaml'])
  })

  test('asks the admin listener, at paths it has, on its port', () => {
    const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]))

    for (const { httpGet } of [container.livenessProbe, container.readinessProbe]) {
      const route = routeOf(httpGet.path)
      expect(route && methodsOf(route)).toContain('GET')
      expect(ports.get(httpGet.port)).toBe(settings.admin?.listen.port)
    }
    const [listener] = settings.listeners
    expect(listener?.listen).toEqual({ host: '0.0.0.0', port: ports.get('redis') })
    expect(find('Service').spec.ports.map(({ targetPort }) => targetPort)).toEqual(['redis'])
  })

  test('gives a pod more time to end than waiting and draining may take', () => {
    const [, seconds] = container.lifecycle.preStop.exec.command

    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + settings.drainTimeoutMs / 1_000)
  })

  test('does not run as root', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
  })
})

describe('the Dockerfile', () => {
  const lines = read('operating/Dockerfile').split('\n')
  const last = (word: string): string =>
    lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? ''

  test('does not run as root', () => {
    expect(last('USER')).toBe('node')
    expect(lines.indexOf('USER node')).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('RUN ')))
  })

  test('starts the server as the service does, with a Node that it runs on', () => {
    expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['node', '/app/node_modules/@connpool/server/dist/cli.js'])
    expect(JSON.parse(last('CMD'))).toEqual(['serve', '/etc/connpool/connpool.yaml'])
    expect(
      lines
        .filter((line) => line.startsWith('FROM '))
        .every((line) => line.includes(' node:24-') || line.startsWith('FROM node:24-')),
    ).toBe(true)
  })

  test('asks the admin port whether it is healthy, in JavaScript that is right', () => {
    const [, , code = ''] = JSON.parse(/CMD (\[.*\])$/m.exec(read('operating/Dockerfile'))?.[1] ?? '[]') as string[]
    const [, port, path = ''] = /http:\/\/127\.0\.0\.1:(\d+)(\/\w+)/.exec(code) ?? []

    expect(() => new Script(code)).not.toThrow()
    expect([port, routeOf(path)?.name]).toEqual(['9900', 'healthz'])
  })
})

describe('the pages', () => {
  const rowsOf = (file: string): string[][] =>
    read(file)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )

  test('name every metric with its kind and labels, and no other', async () => {
    const stats = serverStats({
      listeners: {
        cache: listenerStats({ ended: { '--': 1 }, requests: { ok: 1 }, refused: { 'not-allowed': 1 } }),
      },
      upstreams: { redis: upstreamReport({ endpoints: [endpointStats('a:1')] }) },
      workers: [workerStats()],
    })
    const families = parseExposition(await exposeStats(stats))
    const labelsOf = (keys: Iterable<string>): string[] =>
      [...new Set([...keys].flatMap((key) => [...key.matchAll(/(\w+)="/g)].map(([, label = '']) => label)))].filter(
        (l) => l !== 'le',
      )

    const real = [...families].map(([name, { type, samples }]) =>
      [name, type, ...labelsOf(samples.keys()).toSorted()].join(' '),
    )
    const described = rowsOf('reference/server-metrics.md')
      .filter((cells) => cells.length === 4)
      .map(([name = '', type = '', labels = '']) =>
        [
          name.replaceAll('`', ''),
          type,
          ...labels
            .replaceAll('`', '')
            .split(', ')
            .filter((label) => label !== '')
            .toSorted(),
        ].join(' '),
      )

    expect(described.toSorted()).toEqual(real.toSorted())
  })

  test('use in expressions only metrics that there are', () => {
    const known = rowsOf('reference/server-metrics.md').map(([name = '']) => name.replaceAll('`', ''))
    const used = [...read('operating/README.md').matchAll(/connpool_\w+/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    )

    expect(used.length).toBeGreaterThan(8)
    expect(used.filter((name) => !known.includes(name))).toEqual([])
  })

  test('name every event with its level, and every reason', () => {
    const events = Object.entries(EVENT_LINES).map(([name, [level]]) => `${name} ${level}`)
    const rows = rowsOf('operating/README.md').filter(([, level = '']) => ['info', 'warn', 'error'].includes(level))
    const written = rows.map(([name = '', level]) => `${name.replaceAll('`', '')} ${level}`)

    expect(written.toSorted()).toEqual(
      [...events, 'clients-refused warn', 'session-ended info', 'sessions-not-logged warn'].toSorted(),
    )
  })

  test('name every reason of a refusal', () => {
    const source = readFileSync(new URL('../src/refusal.ts', import.meta.url), 'utf8')
    const reasons = [...source.matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, reason]) => reason)
    const written = rowsOf('reference/server-metrics.md').filter((cells) => cells.length === 2)

    expect(written.map(([name = '']) => name.replaceAll('`', ''))).toEqual(reasons)
  })

  test('name every letter of a termination code', () => {
    const source = readFileSync(new URL('../src/session/session-end.ts', import.meta.url), 'utf8')
    const letters = [...source.matchAll(/'(.)'/g)].map(([, letter]) => letter)
    const rows = rowsOf('operating/README.md').filter(
      ([name = '', , other]) => name.length === 3 && other !== undefined,
    )
    const written = [0, 2].flatMap((column) => rows.map((cells) => cells[column]?.replaceAll('`', '') ?? ''))

    expect(written.filter((letter) => letter !== '')).toEqual(letters)
  })

  test('name requests that the admin listener takes', () => {
    const requests = rowsOf('reference/admin.md').map(([request = '']) => request.replaceAll('`', '').split(' '))

    expect(requests.length).toBe(8)
    for (const [method = '', path = ''] of requests) {
      const route = routeOf(path)
      expect(route && methodsOf(route)).toContain(method)
    }
  })
})

describe('every command line', () => {
  const [serviceLine = ''] = /(?<=cli\.js ).*/.exec(read('operating/connpool.service')) ?? []
  const [imageWords = '[]'] = /(?<=^CMD )\[.*\]/m.exec(read('operating/Dockerfile')) ?? []
  const [podWords = ''] = /(?<=^ +args: \[).*(?=\])/m.exec(read('operating/kubernetes.yaml')) ?? []
  const screen = startScreen({
    version: '1.2.3',
    workers: 1,
    admin: { url: 'http://127.0.0.1:40001', takenPort: 9900 },
    listeners: [
      {
        name: 'demo',
        protocol: 'redis',
        address: '127.0.0.1:6380',
        port: 6380,
        servedBy: ['127.0.0.1:1'],
        isDemo: true,
      },
    ],
  })
  const ofScreen = [...screen.matchAll(/(?<=dist\/cli\.js ).*/g)].map(([line]) => line.split(' '))

  test.each(
    [
      serviceLine.split(' '),
      JSON.parse(imageWords) as string[],
      podWords.split(', '),
      ...ofScreen,
      ['serve', ...(/--admin \w+:\w+/.exec(screen)?.[0].split(' ') ?? [])],
    ].map((words) => [words.join(' '), words] as const),
  )('%s is one that the program takes', async (_line, words) => {
    const complaints: string[] = []
    const terminal = { say: () => undefined, complain: (text: string) => void complaints.push(text) }
    const done: string[] = []
    const act = (what: string) => () => {
      done.push(what)
      return Promise.resolve(EXIT_STATUS.good)
    }
    const commands = { serve: act('serve'), check: act('check'), bench: act('bench') }

    const status = await runProgram(words, { commands, terminal, version: '1.2.3' })

    expect({ status, complaints, done }).toEqual({ status: 0, complaints: [], done: [words[0]] })
  })

  test('is found where it stands', () => {
    expect(ofScreen).toHaveLength(3)
  })
})

test('no file names a path of this repository that is not there', () => {
  const paths = [...read('operating/Dockerfile').matchAll(/packages\/[\w./]+|docs\/[\w./]+/g)].map(([path]) => path)

  expect(paths.length).toBeGreaterThan(0)
  for (const path of paths) expect(() => readFileSync(`${root}${path}`)).not.toThrow()
})
