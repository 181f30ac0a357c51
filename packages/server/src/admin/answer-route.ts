import type { ServerSettings } from '../config/settings.ts'
import type { ServerControl } from '../server-control.ts'
import { type AdminReply, json, refused } from './admin-reply.ts'
import { indexPage } from './index-page.ts'
import { exposeStats, EXPOSITION_TYPE } from './metrics/expose-stats.ts'
import type { AdminRoute } from './routes.ts'
import { settingsSummary } from './settings-summary.ts'

/** What the answers are about. */
export interface AdminSubject {
  readonly control: ServerControl
  /** Those in force: a reload may have changed them. */
  settings(): ServerSettings
}

/** Does what a route is for. `isTrusted`: the visitor may see why the server is not ready, too. */
export async function answerRoute(subject: AdminSubject, route: AdminRoute, isTrusted: boolean): Promise<AdminReply> {
  const { control } = subject
  switch (route.name) {
    case 'index':
      return { status: 200, type: 'text/html; charset=utf-8', body: indexPage(await control.stats()) }
    case 'healthz':
      return json(200, { status: 'ok' })
    case 'readyz':
      return answerReadiness(control, isTrusted)
    case 'metrics':
      return { status: 200, type: EXPOSITION_TYPE, body: await exposeStats(await control.stats()) }
    case 'state':
      return json(200, { settings: settingsSummary(subject.settings()), stats: await control.stats() })
    case 'drain':
      control.drain()
      return json(202, { status: 'draining' })
    case 'pause':
      return answerAbout(route.upstream, 'paused', await control.pause(route.upstream))
    case 'resume':
      return answerAbout(route.upstream, 'resumed', await control.resume(route.upstream))
  }
}

async function answerReadiness(control: ServerControl, isTrusted: boolean): Promise<AdminReply> {
  const { ready, reasons } = await control.readiness()
  if (ready) return json(200, { status: 'ready' })
  return json(503, { status: 'not ready', ...(isTrusted && { reasons }) })
}

function answerAbout(upstream: string, status: 'paused' | 'resumed', isKnown: boolean): AdminReply {
  return isKnown
    ? json(200, { upstream, status })
    : refused(404, 'there is no such upstream; GET /api/state lists them')
}
