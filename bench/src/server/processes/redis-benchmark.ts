import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** One run of redis-benchmark: GET, as fast as `clients` connections with one request under way each can. */
export interface RedisBenchmark {
  readonly clients: number
  readonly requests: number
  /** `once`: every request has a connection of its own. */
  readonly connections: 'kept' | 'once'
}

export interface RedisBenchmarkResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @throws with what it has said when it does not end well. */
export async function redisBenchmark(port: number, load: RedisBenchmark): Promise<RedisBenchmarkResult> {
  const { clients, requests, connections } = load
  const size = ['-c', `${clients}`, '-n', `${requests}`, '-k', connections === 'kept' ? '1' : '0']
  const run = promisify(execFile)
  const { stdout } = await run('redis-benchmark', ['-h', '127.0.0.1', '-p', `${port}`, ...size, '-t', 'get', '--csv'], {
    timeout: 120_000, // it tries for ever where nobody answers
  })
  const [, line = ''] = stdout.trim().split('\n')
  const cells = line.split(',').map((cell) => cell.replaceAll('"', ''))
  const [requestsPerSecond, , , p50Ms, , p99Ms] = cells.slice(1).map(Number)
  if (cells[0] !== 'GET' || requestsPerSecond === undefined || p50Ms === undefined || p99Ms === undefined) {
    throw new Error(`redis-benchmark answered ${JSON.stringify(stdout)}`)
  }
  return { requestsPerSecond, p50Ms, p99Ms }
}
