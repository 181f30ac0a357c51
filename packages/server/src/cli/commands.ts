import type { ExitStatus } from './exit-status.ts'

/** What the command line can ask for, after it was read. */
export interface Commands {
  serve(flags: ServeFlags, file: string | undefined): Promise<ExitStatus>
  check(file: string): Promise<ExitStatus>
  bench(endpoint: string, flags: BenchFlags): Promise<ExitStatus>
}

/** The flags of `serve` as they were typed. */
export interface ServeFlags {
  readonly listen?: string
  readonly backend?: readonly string[]
  readonly protocol?: string
  readonly minSize?: string
  readonly maxSize?: string
  readonly maxClients?: string
  readonly requestTimeout?: string
  readonly workers?: string
  readonly dispatch?: string
  readonly admin?: string
  readonly drainTimeout?: string
  readonly logLevel?: string
  readonly demo?: true
}

/** The flags of `bench` as they were typed. */
export interface BenchFlags {
  readonly protocol: string
  readonly requests: string
  readonly duration: string
  readonly concurrency: string
  readonly maxSize: string
  readonly yes?: true
}
