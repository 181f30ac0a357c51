import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SkipReport } from './packages/connpool/test/skip-report.ts'

// The integration tests import the package by name. `source` gives them the TypeScript files; `dist` gives them what
// npm would publish (the Node matrix sets it).
const target = process.env['CONNPOOL_TEST_TARGET'] ?? 'source'
if (target !== 'source' && target !== 'dist') {
  throw new Error(`CONNPOOL_TEST_TARGET must be "source" or "dist", got "${target}"`)
}
const isDist = target === 'dist'

const source = (path: string): string => fileURLToPath(new URL(`./packages/connpool/src/${path}`, import.meta.url))
const built = (path: string): string => fileURLToPath(new URL(`./packages/connpool/dist/${path}`, import.meta.url))

/** Random and exhaustive lives of machines, pools and upstreams. */
const LIVES = [
  'packages/{connpool,server}/src/**/*.{simulation,exhaustive}.test.ts',
  'packages/connpool/test/simulation/**/*.test.ts',
  'packages/connpool/test/upstream/{lives,shares}.test.ts',
]

export default defineConfig({
  // Node 20 has no `using`; the transform writes it as try/finally.
  oxc: { target: 'es2022' },
  resolve: {
    alias: [
      {
        find: /^@connpool\/server$/,
        replacement: fileURLToPath(
          new URL(`./packages/server/${isDist ? 'dist/index.js' : 'src/index.ts'}`, import.meta.url),
        ),
      },
      { find: /^connpool$/, replacement: isDist ? built('index.js') : source('index.ts') },
      { find: /^connpool\/testing$/, replacement: isDist ? built('testing.js') : source('testing.ts') },
    ],
  },
  test: {
    reporters: ['default', new SkipReport()],
    pool: 'forks',
    // A process for each file, and loading the library in each, would take longer than most of the tests.
    isolate: false,
    // One worker more than vitest would take on a small machine: half of the tests wait most of their time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The built package runs as Node runs it, untouched by the transform.
    server: { deps: { external: [/\/packages\/(connpool|server)\/dist\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/{connpool,server}/src/**/*.test.ts',
            'packages/connpool/test/*.test.ts',
            'packages/connpool/test/{museum,upstream}/**/*.test.ts',
          ],
          exclude: LIVES,
          testTimeout: 60_000,
          hookTimeout: 20_000,
        },
      },
      {
        // They reckon for seconds, and where many files were before them in a process they would take four times as long.
        extends: true,
        test: { name: 'lives', include: LIVES, isolate: true, testTimeout: 300_000 },
      },
      {
        // What must not compile says `@ts-expect-error`, so the proof is the type check; running these adds little.
        extends: true,
        test: { name: 'types', include: ['packages/connpool/test/types/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: [
            'packages/connpool/test/{integration,promises}/**/*.test.ts',
            'packages/server/test/**/*.test.ts',
            // Benches measure what this machine has, not what other versions of Node do.
            isDist ? 'examples/src/**/*.test.ts' : '{examples,bench}/src/**/*.test.ts',
          ],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Real servers are killed and frozen in these on machines that others use too. A test that needs a second try
          // is shown with its retries; one that fails three times has failed.
          retry: 2,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/{connpool,server}/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text', 'html', 'json-summary'],
    },
  },
})
