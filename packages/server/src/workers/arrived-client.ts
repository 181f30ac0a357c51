import type { PendingConnection } from '../dispatch/pending-connection.ts'
import type { AcceptedHandle } from '../session/byte-port.ts'

/** A client that the primary has accepted, until a worker has it. */
export class ArrivedClient implements PendingConnection<ArrivedClient> {
  readonly id: number
  readonly listener: string
  readonly handle: AcceptedHandle
  readonly address: string | undefined
  dispatchState: PendingConnection<ArrivedClient>['dispatchState'] = 'out'
  arrivedAt = 0
  older: ArrivedClient | undefined
  newer: ArrivedClient | undefined

  constructor(
    id: number,
    from: { readonly listener: string; readonly handle: AcceptedHandle; readonly address: string | undefined },
  ) {
    this.id = id
    this.listener = from.listener
    this.handle = from.handle
    this.address = from.address
  }

  /** Closes this process's copy. */
  close(): void {
    ;(this.handle as { close(): void }).close()
  }
}
