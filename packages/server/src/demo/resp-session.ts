import type { Socket } from 'node:net'

import { ProtocolError } from '../protocols/protocol.ts'
import { RedisRequestScanner } from '../protocols/redis/request-scanner.ts'
import { answerCommand } from './answer-command.ts'
import type { CommandContext } from './command.ts'
import { commandWords } from './command-words.ts'
import { failure, type Reply } from './reply.ts'

const LIMIT = { maxBytes: 1024 * 1024 }
/** Beyond this many bytes that a client has not read, its next command waits. */
const MOST_UNREAD = 256 * 1024

/** One connection of the demo backend: commands in, replies out, in order. */
export class RespSession {
  readonly #socket: Socket
  readonly #context: CommandContext
  readonly #scanner = new RedisRequestScanner(LIMIT)
  #received: Buffer = Buffer.alloc(0)
  /** What of it the scanner has seen. */
  #scanned = 0
  #hasEnded = false

  constructor(socket: Socket, context: CommandContext) {
    this.#socket = socket
    this.#context = context
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('drain', () => this.#goOn())
    socket.on('error', () => socket.destroy())
  }

  #take(chunk: Buffer): void {
    if (this.#hasEnded) return
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    this.#goOn()
  }

  #goOn(): void {
    this.#socket.cork()
    try {
      this.#answerAll()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#end(failure(`ERR Protocol error: ${error.message}`))
    }
    this.#socket.uncork()
  }

  /** Until a command is not whole yet, or the client does not read. */
  #answerAll(): void {
    while (!this.#hasEnded) {
      if (this.#socket.writableLength > MOST_UNREAD) return void this.#socket.pause()
      const end = this.#scanner.scan(this.#received, this.#scanned)
      if (end === -1) break
      const words = commandWords(this.#received.subarray(0, end))
      this.#received = this.#received.subarray(end)
      this.#scanned = 0
      if (words.length > 0) this.#answer(words)
    }
    this.#scanned = this.#received.length
    this.#socket.resume()
  }

  #answer(words: readonly Buffer[]): void {
    const reply = answerCommand(words, this.#context)
    if (words[0]?.toString('latin1').toUpperCase() === 'QUIT') this.#end(reply)
    else this.#socket.write(reply)
  }

  #end(last: Reply): void {
    this.#hasEnded = true
    this.#received = Buffer.alloc(0)
    this.#socket.end(last)
    this.#socket.resume() // what still comes is not kept
  }
}
