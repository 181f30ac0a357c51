import { createHash } from 'node:crypto'

import type { ServerStats } from '../server-stats.ts'

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .8rem .2rem 0;text-align:left}' +
  'td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}'

/** What a page may load, and who may show it: nothing and nobody, but its own style. */
export const PAGE_POLICY: string =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

type Cell = string | number

/** The page at `/`: the numbers that matter most, as of now, and where the others are. */
export function indexPage(stats: ServerStats): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>connpool: ${escape(stats.state)}</title><style>${STYLE}</style></head><body>
<h1>connpool is ${escape(stats.state)}</h1>
${table(['listener', 'sessions', 'requests', 'not ok', 'refused', 'queued', 'of'], listenerRows(stats))}
${table(['upstream', 'endpoint', 'state', 'idle', 'leased', 'dialing', 'dials', 'failed'], endpointRows(stats))}
${table(['worker', 'pid', 'sessions', 'MiB', 'late by (ms)'], workerRows(stats))}
<p>More: <a href="/metrics">/metrics</a> for Prometheus, <a href="/api/state">/api/state</a> as JSON,
<a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>.
<code>POST /api/drain</code> ends the server gently, <code>POST /api/upstreams/NAME/pause</code> and
<code>…/resume</code> hold requests while a backend restarts.</p>
</body></html>
`
}

function listenerRows({ listeners }: ServerStats): Cell[][] {
  return Object.entries(listeners).map(([name, { sessions, requests, refused, queue }]) => {
    const { ok = 0, ...others } = requests
    return [name, sessions, ok + sum(others), sum(others), sum(refused), queue.length, queue.limit]
  })
}

function endpointRows({ upstreams }: ServerStats): Cell[][] {
  return Object.entries(upstreams).flatMap(([name, { isPaused, pool }]) =>
    pool.endpoints.map((each) => [
      ...[isPaused ? `${name} (paused)` : name, each.endpoint, each.state],
      ...[each.idle, each.leased, each.dialing, each.dials, each.dialFailures],
    ]),
  )
}

function workerRows({ workers }: ServerStats): Cell[][] {
  return workers.map(({ id, pid, sessions, rssBytes, eventLoopDelayMs }) => [
    ...[id, pid, sessions],
    ...[Math.round(rssBytes / 1024 / 1024), Math.round(eventLoopDelayMs * 10) / 10],
  ])
}

function sum(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0)
}

function table(names: readonly string[], rows: readonly Cell[][]): string {
  const head = names.map((name, column) => cell('th', name, isNumeric(rows, column))).join('')
  const body = rows.map((row) => `<tr>${row.map((each) => cell('td', each, typeof each === 'number')).join('')}</tr>`)
  return `<table><tr>${head}</tr>\n${body.join('\n')}</table>`
}

function isNumeric(rows: readonly Cell[][], column: number): boolean {
  return rows.length > 0 && rows.every((row) => typeof row[column] === 'number')
}

function cell(tag: 'td' | 'th', content: Cell, isNumber: boolean): string {
  return `<${tag}${isNumber ? ' class="n"' : ''}>${escape(String(content))}</${tag}>`
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (found) => entities[found] ?? found)
}
