import process from 'node:process'

/**
 * How many cases a test of many tries: enough to find the bugs that `npm run mutants` plants while somebody waits for
 * `npm test`, and all of them with `CONNPOOL_REQUIRE_ALL=1`, as in CI.
 */
export function howMany({ quick, full }: { readonly quick: number; readonly full: number }): number {
  return process.env['CONNPOOL_REQUIRE_ALL'] === '1' ? full : quick
}
