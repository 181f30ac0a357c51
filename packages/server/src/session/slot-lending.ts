import type { Slot } from './handler-call.ts'
import type { Lending, TurnQueue } from './lending.ts'

/** The right to run a handler: whoever has a place has one. */
export class SlotLending implements Lending<Slot> {
  readonly queue: TurnQueue<Slot>

  constructor(queue: TurnQueue<Slot>) {
    this.queue = queue
  }

  tryLend(): Slot {
    return 'slot'
  }

  lend(): Promise<Slot> {
    return Promise.resolve('slot')
  }

  mayRetry(): boolean {
    return false
  }

  giveBack(): void {}
}
