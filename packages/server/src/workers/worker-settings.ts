import type { ListenerSettings, ServerSettings, UpstreamSettings } from '../config/settings.ts'

export interface WorkerPart {
  /** Which of the workers, from 1. */
  readonly place: number
  readonly workers: number
}

/**
 * What one worker runs by: its part of what is configured for all. The limits of connections are not divided here, they come
 * as shares that change.
 */
export function workerSettings(settings: ServerSettings, part: WorkerPart): ServerSettings {
  const { dispatch } = settings
  return {
    ...settings,
    workers: 1,
    listeners: settings.listeners.map((each) => listenerPart(each, dispatch, part)),
    upstreams: settings.upstreams.map((each) => upstreamPart(each, part)),
  }
}

/** Parts are as even as can be, and together what there is. */
export function evenPart(total: number, { place, workers }: WorkerPart): number {
  if (total === Infinity) return Infinity
  return Math.floor(total / workers) + (place <= total % workers ? 1 : 0)
}

/** With `balanced` the primary keeps the limit of clients. */
function listenerPart(
  listener: ListenerSettings,
  dispatch: ServerSettings['dispatch'],
  part: WorkerPart,
): ListenerSettings {
  const { maxClients, queue } = listener
  return {
    ...listener,
    maxClients: dispatch === 'kernel' ? evenPart(maxClients, part) : maxClients,
    queue: { ...queue, limit: Math.max(1, evenPart(queue.limit, part)) },
  }
}

/** At least as many are kept open as are asked for. */
function upstreamPart(upstream: UpstreamSettings, part: WorkerPart): UpstreamSettings {
  const { options, minSize, maxPaused } = upstream
  const { minSize: ofEach = 0 } = options.pool
  const pool = { ...options.pool, minSize: Math.ceil(ofEach / part.workers) }
  return {
    ...upstream,
    options: { ...options, pool },
    minSize: Math.ceil(minSize / part.workers),
    maxPaused: Math.max(1, evenPart(maxPaused, part)),
  }
}
