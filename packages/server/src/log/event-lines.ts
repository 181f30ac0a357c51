import type { ServerEventName } from './server-event.ts'

/** How grave an event is, and what it is called for people. */
export const EVENT_LINES: Readonly<Record<ServerEventName, readonly [EventLevel, string]>> = {
  starting: ['info', 'starting'],
  listening: ['info', 'listening'],
  'admin-listening': ['info', 'the admin listener is up'],
  started: ['info', 'started: clients are welcome'],
  'start-failed': ['error', 'could not start'],
  draining: ['info', 'draining: no new clients; sessions end after their last reply'],
  drained: ['info', 'drained'],
  'worker-started': ['info', 'a worker has started'],
  'worker-died': ['error', 'a worker died'],
  'worker-silent': ['error', 'a worker says nothing: it is stuck'],
  'workers-restarting': ['info', 'the workers are replaced, one after the other'],
  'workers-restarted': ['info', 'all workers were replaced'],
  'restart-failed': ['error', 'not all workers were replaced; the others go on as they are'],
  'no-workers-to-restart': ['warn', 'no workers were replaced: with one worker this process serves by itself'],
  'upstream-paused': ['info', 'an upstream is paused: its requests are held'],
  'upstream-resumed': ['info', 'an upstream goes on'],
  'endpoint-down': ['warn', 'an endpoint is down'],
  'endpoint-up': ['info', 'an endpoint is up again'],
  reloaded: ['info', 'the configuration was reloaded'],
  'reload-failed': ['error', 'the new configuration was not taken; the old one stays'],
  overloaded: ['warn', 'this process is overloaded'],
  'overload-over': ['info', 'this process is no longer overloaded'],
  'accept-failed': ['warn', 'a connection could not be accepted'],
  'handler-failed': ['warn', 'a handler has thrown'],
  'protocol-failed': ['error', 'a protocol has thrown, or has answered nonsense'],
  bug: ['error', 'a bug: please report it'],
}

export type EventLevel = 'info' | 'warn' | 'error'
