import { endpointText } from '../../endpoint-text.ts'
import type { ConfigDiff, UpstreamChange } from './config-diff.ts'

/** What a reload changes, a line each, for people. Of values only names and endpoints are told. */
export function describeDiff({ listeners, upstreams, needRestart, changedKeys }: ConfigDiff): readonly string[] {
  return [
    ...listeners.added.map(({ name }) => `listener ${name}: added`),
    ...listeners.removed.map((name) => `listener ${name}: removed`),
    ...listeners.changed.map(({ name }) => `listener ${name}: changed`),
    ...listeners.reopened.map(({ name }) => `listener ${name}: listens anew`),
    ...upstreams.added.map(({ name }) => `upstream ${name}: added`),
    ...upstreams.removed.map((name) => `upstream ${name}: removed`),
    ...upstreams.changed.map(changeText),
    ...upstreams.replaced.map(({ name }) => `upstream ${name}: replaced`),
    ...changedKeys.map((key) => `${key}: changed`),
    ...needRestart.map((key) => `${key}: needs a restart, as before until then`),
  ]
}

function changeText({ settings, added, removed }: UpstreamChange): string {
  const plus = added.map((endpoint) => `+${endpointText(endpoint)}`)
  const minus = removed.map((endpoint) => `-${endpointText(endpoint)}`)
  const endpoints = [...plus, ...minus].join(' ')
  return `upstream ${settings.name}: ${endpoints === '' ? 'limits changed' : endpoints}`
}
