/** What a person who has just started the server wants to know. */
export interface StartFacts {
  readonly version: string
  readonly listeners: readonly StartListener[]
  readonly workers: number
  readonly admin: StartAdmin | undefined
}

export interface StartListener {
  readonly name: string
  readonly protocol: string
  /** For people: `127.0.0.1:6380`, `unix:/run/x.sock`. */
  readonly address: string
  /** Undefined for a socket without one. */
  readonly port: number | undefined
  /** Who answers: the endpoints, or what else; `isDemo`: the backend that runs in this process. */
  readonly servedBy: readonly string[]
  readonly isDemo: boolean
}

export interface StartAdmin {
  readonly url: string
  /** The default port that was taken. */
  readonly takenPort?: number
}

/** How the program is called on this machine. */
const COMMAND = 'node packages/server/dist/cli.js'
const MOST_ENDPOINTS = 5

/** The one screen that `serve` prints: what runs where, what to try, how to go on. Ends with a line end. */
export function startScreen(facts: StartFacts): string {
  const isDemo = facts.listeners.some((listener) => listener.isDemo)
  const sections = [
    heading(facts),
    whatRuns(facts),
    ...whatToTry(facts.listeners.find(({ protocol, port }) => protocol === 'redis' && port !== undefined)),
    ...(isDemo ? [howToGoOn(facts)] : []),
    ['Ctrl-C ends it: sessions finish what they are at, new clients are refused.'],
  ]
  return `\n${sections.map((lines) => lines.join('\n')).join('\n\n')}\n\n`
}

/** The Node line of the screen: sends one command, prints the reply, ends. */
export function nodeLine(port: number): string {
  const print = "on('data',function(d){console.log(d+'');this.end()})"
  return `node -e "require('net').connect(${port}).${print}.write('PING\\r\\n')"`
}

function heading({ version, workers }: StartFacts): string[] {
  const many = workers === 1 ? 'one process' : `${workers} workers`
  return [`connpool ${version} is up, in ${many}. Many clients, few connections to the backend.`]
}

function whatRuns({ listeners, admin }: StartFacts): string[] {
  const rows = listeners.flatMap((listener) => [
    [`${listener.protocol} clients`, listener.address],
    ['  are served by', served(listener)],
  ])
  if (admin !== undefined) rows.push(['health and numbers', adminText(admin)])
  return rows.map(([what = '', where = '']) => `  ${what.padEnd(20)}  ${where}`)
}

function served({ servedBy, isDemo }: StartListener): string {
  if (isDemo) return `${servedBy.join(', ')}, a small Redis in this process: the demo`
  const more = servedBy.length - MOST_ENDPOINTS
  return `${servedBy.slice(0, MOST_ENDPOINTS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function adminText({ url, takenPort }: StartAdmin): string {
  return takenPort === undefined ? url : `${url} (port ${takenPort} was taken; --admin HOST:PORT chooses)`
}

function whatToTry(listener: StartListener | undefined): string[][] {
  const port = listener?.port
  if (port === undefined) return []
  return [
    [
      'Try it, in another terminal:',
      '',
      `  redis-cli -p ${port} set greeting hello`,
      `  redis-cli -p ${port} get greeting`,
      `  redis-benchmark -p ${port} -q -c 50 -n 100000 -t get,set`,
      '',
      'Without redis-cli, Node will do; the answer is +PONG:',
      '',
      `  ${nodeLine(port)}`,
    ],
  ]
}

function howToGoOn({ listeners }: StartFacts): string[] {
  const at = listeners[0]?.address ?? '127.0.0.1:6380'
  return [
    'Put it before a Redis of your own:',
    '',
    `  ${COMMAND} serve --protocol redis --listen ${at} --backend 127.0.0.1:6379`,
    '',
    'or write a configuration (docs/guide/front-server.md) and see whether it is right:',
    '',
    `  ${COMMAND} check connpool.yaml`,
    `  ${COMMAND} serve connpool.yaml`,
  ]
}
