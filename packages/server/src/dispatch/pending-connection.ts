import type { Linked } from './arrival-list.ts'

/** What an accepted connection must carry until a worker has it. Only the {@link DispatchMachine} writes these fields. */
export interface PendingConnection<C> extends Linked<C> {
  /** `handed-over`: on its way to a worker that has not said that it has it. Begins as `out`. */
  dispatchState: 'out' | 'waiting' | 'handed-over'
  /** When it came, in milliseconds. Begins as 0. */
  arrivedAt: number
  /** Where it comes from; undefined where that does not count. Never changes. */
  readonly address: string | undefined
}
