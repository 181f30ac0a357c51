import { describeMachine } from './machine.ts'
import { rows } from './rows.ts'
import { runBench } from './run-bench.ts'

const machine = describeMachine(['connpool', 'generic-pool', 'tarn', 'lightning-pool', 'pg-pool'])
await runBench({ machine, rows })
