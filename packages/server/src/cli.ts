#!/usr/bin/env node
import { fdLimit } from './monitors/file-descriptors.ts'

/** Node opens the files of a program all at once, and does not say so well when it may not. */
const FEWEST_FDS = 128

const limit = fdLimit()
if (limit !== undefined && limit < FEWEST_FDS) {
  process.stderr.write(
    `error: at least ${FEWEST_FDS} file descriptors are needed, but this process may open ${limit}: raise the limit (ulimit -n ${FEWEST_FDS})\n`,
  )
  process.exitCode = 2
} else {
  const { main } = await import('./cli/main.ts')
  const { processTerminal } = await import('./cli/terminal.ts')
  process.exitCode = await main(process.argv.slice(2), processTerminal)
}
