import type { PendingConnection } from '../../src/dispatch/pending-connection.ts'

/** An accepted connection, and what became of it. */
export class FakePending implements PendingConnection<FakePending> {
  dispatchState: PendingConnection<FakePending>['dispatchState'] = 'out'
  arrivedAt = 0
  older: FakePending | undefined = undefined
  newer: FakePending | undefined = undefined
  readonly id: number
  ending: string | undefined = undefined

  readonly address: string | undefined

  constructor(id: number, address?: string) {
    this.id = id
    this.address = address
  }

  ends(ending: string): void {
    if (this.ending !== undefined) throw new Error(`connection ${this.id} ends as ${this.ending} and as ${ending}`)
    this.ending = ending
  }
}
