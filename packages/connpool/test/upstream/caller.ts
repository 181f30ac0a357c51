import type { Lease } from '../../src/index.ts'
import type { FakePeer } from './fake-endpoint.ts'

/** One acquire of a life, and what became of it. */
export interface Caller {
  readonly id: number
  readonly key: string | undefined
  readonly since: number
  readonly deadline: number
  readonly abort: AbortController
  lease: Lease<FakePeer> | undefined
  isAnswered: boolean
}
