import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

type Handler = (words: readonly string[], store: Map<string, string>) => string

const OK = '+OK\r\n'

/** Text is bytes here, one character each: it is read and written as latin1. */
const bulk = (text: string | undefined): string => (text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`)

const handlers: Readonly<Record<string, Handler>> = {
  PING: ([, message]) => (message === undefined ? '+PONG\r\n' : bulk(message)),
  GET: ([, key = ''], store) => bulk(store.get(key)),
  SET: ([, key = '', value = ''], store) => {
    store.set(key, value)
    return OK
  },
  INCR: ([, key = ''], store) => {
    const next = Number(store.get(key) ?? 0) + 1
    store.set(key, String(next))
    return `:${next}\r\n`
  },
  ROLE: (_words, store) => `*1\r\n${bulk(store.get('role') ?? 'master')}`,
}

/**
 * A server on a free loopback port that knows a few commands of Redis, so that examples and tests need none installed.
 * Keeps its values in memory, and trusts its clients.
 */
export class SmallRedis implements AsyncDisposable {
  readonly store: Map<string, string> = new Map()
  readonly #server: Server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  readonly #sockets = new Set<Socket>()
  #isFrozen = false
  #port = 0

  static async start(): Promise<SmallRedis> {
    const redis = new SmallRedis()
    await redis.startAgain()
    return redis
  }

  get port(): number {
    return this.#port
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`
  }

  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Reads from now on and answers nothing, as a process that was stopped. */
  freeze(): void {
    this.#isFrozen = true
  }

  /** Closes every connection; who dials is served as before. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end()
  }

  /** Dies: every connection is closed, and who dials is refused. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Is back after {@link stop}, at the same port and with what it had in its memory. */
  async startAgain(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
    const session = new Session(this.store)
    socket.setEncoding('latin1').on('data', (text: string) => {
      const answers = session.receive(text)
      if (answers !== '' && !this.#isFrozen) socket.write(answers, 'latin1')
    })
  }
}

/** What the server knows of one connection. */
class Session {
  readonly #store: Map<string, string>
  #text = ''
  /** The commands since `MULTI`, which `EXEC` will run. */
  #queued: string[][] | undefined

  constructor(store: Map<string, string>) {
    this.#store = store
  }

  /** Takes what has arrived, whole commands or pieces of them, and returns the answers to those that are whole. */
  receive(text: string): string {
    this.#text += text
    let answers = ''
    for (let read = readCommand(this.#text); read !== undefined; read = readCommand(this.#text)) {
      this.#text = this.#text.slice(read.end)
      answers += this.#answer(read.words)
    }
    return answers
  }

  #answer(words: string[]): string {
    const queued = this.#queued
    if (words[0] === 'MULTI') {
      this.#queued = []
      return OK
    }
    if (words[0] === 'EXEC') {
      this.#queued = undefined
      return `*${queued?.length ?? 0}\r\n${(queued ?? []).map((each) => this.#run(each)).join('')}`
    }
    if (queued === undefined) return this.#run(words)
    queued.push(words)
    return '+QUEUED\r\n'
  }

  #run(words: readonly string[]): string {
    const handler = handlers[words[0] ?? '']
    return handler === undefined ? `-ERR unknown command '${words[0]}'\r\n` : handler(words, this.#store)
  }
}

/** One whole command from the front of the text; undefined while some of it is missing. */
function readCommand(text: string): { readonly words: string[]; readonly end: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return undefined
  const words: string[] = []
  let end = head[0].length
  for (let left = Number(head[1]); left > 0; left--) {
    const lineEnd = text.indexOf('\r\n', end)
    const length = Number(text.slice(end + 1, lineEnd))
    if (lineEnd === -1 || text.length < lineEnd + 2 + length + 2) return undefined
    words.push(text.slice(lineEnd + 2, lineEnd + 2 + length))
    end = lineEnd + 2 + length + 2
  }
  return { words, end }
}
