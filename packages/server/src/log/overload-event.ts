import type { OverloadVerdict } from '../monitors/overload-machine.ts'
import type { ServerEvent } from './server-event.ts'

/** What the log says when a monitor has another verdict. */
export function overloadEvent({ order, reason = '' }: OverloadVerdict): ServerEvent {
  return order === 'ok' ? { event: 'overload-over' } : { event: 'overloaded', order, reason }
}
