import type { ServerProcess } from './server-process.ts'

/** Something that passes on to a backend what it is sent. */
export interface Proxy {
  readonly name: string
  /** Undefined: it is not installed. */
  version(): Promise<string | undefined>
  /** `clients`: the most there will be at once. */
  start(backend: { readonly port: number; readonly clients: number }): Promise<ServerProcess>
}
