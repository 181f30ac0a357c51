import type { Proxy } from './proxy.ts'
import { forkMain, listeningMain } from './server-process.ts'

/** What one writes in Node who needs a proxy by noon: `pipe()` in both directions. */
export const pipeRelay: Proxy = {
  name: 'pipe() in Node',
  version: () => Promise.resolve(process.versions.node),
  start: ({ port }) => listeningMain(forkMain('pipe-relay-main', [`${port}`])),
}
