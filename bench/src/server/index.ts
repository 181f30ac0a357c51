import { describeMachine } from '../machine.ts'
import { runBench } from '../run-bench.ts'
import { programVersion } from './processes/program-version.ts'
import { rows } from './rows.ts'
import { peers } from './subjects.ts'

// Ended from outside, it leaves by itself, so that what it has started is ended too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const programs = [...peers, { name: 'redis-server', version: () => programVersion('redis-server', '--version') }]
const versions = await Promise.all(
  programs.map(async (each): Promise<[string, string]> => [each.name, (await each.version()) ?? 'not installed']),
)
const machine = describeMachine(['connpool', '@connpool/server'], Object.fromEntries(versions))
await runBench({ subject: 'server', machine, rows })
