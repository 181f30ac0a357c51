// Lives seeds of the simulations, of a pool and of an upstream: `npm run simulate -- --seeds 20000 --from 1`. Stops at the first that fails, prints its
// story, and exits with 1. The tests are TypeScript, which Node 20 does not read, so vitest runs them.
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
  },
})

function wholeNumber(name) {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 0) return String(number)
  console.error(`--${name} must be a whole number, got "${values[name]}"`)
  process.exit(2)
}

const vitest = spawn(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'packages/connpool/test/simulation/pool.test.ts',
    'packages/connpool/test/upstream/lives.test.ts',
    '--project=lives',
    '--reporter=dot',
    '--disable-console-intercept',
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, SIMULATION_SEEDS: wholeNumber('seeds'), SIMULATION_FROM: wholeNumber('from') },
  },
)
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1
})
