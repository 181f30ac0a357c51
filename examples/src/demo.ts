/** `npm run demo:pool`: what a pool does for a program that talks to a Redis, that of `REDIS_URL` or a small one of our own. */
import { announce, Comparison, tryOut } from './demo/comparison.ts'
import { EmbeddedServer } from './demo/embedded-server.ts'
import { BadUrl, parseTarget } from './demo/target.ts'

const LONGEST_MS = 25_000
const TOO_SLOW = `the server is too slow: not done after ${LONGEST_MS / 1000} s`
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

type Stop = keyof typeof EXIT_CODES | 'too long'

const stop = new AbortController()
process.stdout.on('error', () => undefined) // a reader who leaves early, as `head` does
process.once('SIGINT', () => stop.abort('SIGINT' satisfies Stop))
process.once('SIGTERM', () => stop.abort('SIGTERM' satisfies Stop))
setTimeout(() => stop.abort('too long' satisfies Stop), LONGEST_MS).unref()

process.exitCode = await main(process.env['REDIS_URL'] ?? '')

async function main(url: string): Promise<number> {
  let server: EmbeddedServer | undefined
  try {
    server = url === '' ? await EmbeddedServer.start() : undefined
    const target = parseTarget(server === undefined ? url : `redis://127.0.0.1:${server.port}`)
    await tryOut(target, stop.signal)
    const where = server === undefined ? target.text : 'a small server in a thread (REDIS_URL chooses yours)'
    console.log(`${announce(where)}\n`)
    await run(new Comparison(target, stop.signal))
    return 0
  } catch (error) {
    return tell(error, url)
  } finally {
    await server?.stop()
  }
}

async function run(comparison: Comparison): Promise<void> {
  try {
    await comparison.run({ rounds: 3, requestsPerRound: 4_000 })
    console.log(comparison.report())
  } finally {
    console.log(await comparison.close())
  }
}

/** One line, whatever went wrong. */
function tell(error: unknown, url: string): number {
  const { reason } = stop.signal as { reason?: Stop }
  if (reason === 'SIGINT' || reason === 'SIGTERM') {
    console.error(`Stopped by ${reason}.`)
    return EXIT_CODES[reason]
  }
  console.error(`npm run demo:pool: ${reason === 'too long' ? TOO_SLOW : whatWentWrong(error, url)}`)
  return 1
}

function whatWentWrong(error: unknown, url: string): string {
  if (error instanceof BadUrl) return error.message
  return `cannot use ${url === '' ? 'the small server' : parseTarget(url).text}: ${messageOf(error)}`
}

/** Node tries every address of a name, and puts the errors of all into one without a message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
