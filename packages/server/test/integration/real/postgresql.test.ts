/** PostgreSQL behind `tcp`: it has states of its own for each connection, so each client has one for itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { needs, postgresProgram } from '../../../../connpool/test/requirements.ts'
import { Front } from '../../fixtures/front.ts'
import { PostgresServer } from '../../fixtures/real/postgres-server.ts'
import { type CommandOutcome, runCommand } from '../../fixtures/real/run-command.ts'

const MOST_CONNECTIONS = 4

describe('PostgreSQL behind tcp', needs('postgresql'), () => {
  let postgres: PostgresServer
  let front: Front

  beforeAll(async () => {
    postgres = await PostgresServer.start()
    front = await Front.start({
      listener: { protocol: 'tcp' },
      upstream: { endpoints: [postgres.endpoint], pool: { maxSize: MOST_CONNECTIONS, acquireTimeout: '15s' } },
    })
  })

  afterAll(async () => {
    await front[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  })

  async function run(program: string, ...parameters: readonly string[]): Promise<CommandOutcome> {
    const env = { PGHOST: '127.0.0.1', PGPORT: `${front.port}`, PGUSER: 'test', PGDATABASE: 'postgres' }
    return await runCommand(postgresProgram(program), parameters, { env: { ...env, PGSSLMODE: 'disable' } })
  }

  test('psql asks and is answered', async () => {
    const { status, output } = await run('psql', '-At', '-c', 'select 6 * 7', '-c', "select repeat('x', 5)")

    expect({ status, output }).toEqual({ status: 0, output: '42\nxxxxx\n' })
  })

  test('more clients than there may be connections wait their turn, and all are answered', async () => {
    const asked = Array.from({ length: 10 }, (_, index) => run('psql', '-At', '-c', `select ${index}, pg_sleep(0.05)`))

    const outcomes = await Promise.all(asked)

    expect(outcomes.map(({ output }) => output)).toEqual(Array.from({ length: 10 }, (_, index) => `${index}|\n`))
    expect(front.server.stats().upstreams['backend']?.pool.total).toBeLessThanOrEqual(MOST_CONNECTIONS)
  })

  test('pgbench with ten clients ends without an error', async () => {
    // One that needs no more connections at once than there are prepares the tables.
    const made = await run('pgbench', '-i', '-s', '1', '-q')
    expect(made).toMatchObject({ status: 0 })

    // A connection for each transaction (-C), and a thread for each client: one that holds a connection never waits for another.
    const { status, output } = await run('pgbench', '-S', '-C', '-c', '10', '-j', '10', '-t', '10')

    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).toContain('number of transactions actually processed: 100/100')
    expect(output).toContain('number of failed transactions: 0 ')
  })

  test('pgbench with as many clients as connections keeps them', async () => {
    const { status, output } = await run('pgbench', '-S', '-c', `${MOST_CONNECTIONS}`, '-T', '1')

    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).toContain('number of failed transactions: 0 ')
    expect(front.ends.filter((end) => end !== '--')).toEqual([])
  })
})
