import { isDeepStrictEqual } from 'node:util'

import type { EndpointLike, UpstreamEndpoint } from 'connpool'

import type { UpstreamSettings } from '../settings.ts'
import { diffByName } from './by-name.ts'
import type { ConfigDiff, UpstreamChange } from './config-diff.ts'

type Item = EndpointLike | UpstreamEndpoint

export function diffUpstreams(
  before: readonly UpstreamSettings[],
  after: readonly UpstreamSettings[],
): ConfigDiff['upstreams'] {
  const { added, removed, changed } = diffByName(before.map(comparable), after.map(comparable))
  const byName = new Map(after.map((each) => [each.name, each]))
  const pairs = changed.map((each) => ({ ...each, settings: byName.get(each.after.name) ?? each.after }))
  const stays = ({ before: was, after: is }: (typeof pairs)[number]): boolean => isSameButForEndpoints(was, is)
  return {
    added: added.map((each) => byName.get(each.name) ?? each),
    removed,
    changed: pairs.filter(stays).map(({ before: was, after: is, settings }) => changeOf(was, is, settings)),
    replaced: pairs.filter((each) => !stays(each)).map(({ settings }) => settings),
  }
}

/** What looks endpoints up is another object each time; `discovery` says what it looks up. */
function comparable(settings: UpstreamSettings): UpstreamSettings {
  return settings.discovery === undefined ? settings : { ...settings, options: { ...settings.options, endpoints: [] } }
}

/** Only endpoints and limits of an upstream can be changed while it runs. */
function isSameButForEndpoints(one: UpstreamSettings, other: UpstreamSettings): boolean {
  return isDeepStrictEqual(withoutEndpoints(one), withoutEndpoints(other))
}

function withoutEndpoints({ options, discovery, proxyProtocol }: UpstreamSettings): object {
  const { endpoints: _endpoints, ...rest } = options
  return { options: rest, discovery, proxyProtocol }
}

function changeOf(before: UpstreamSettings, after: UpstreamSettings, settings: UpstreamSettings): UpstreamChange {
  const old = listOf(before)
  const now = listOf(after)
  const places = now.map(endpointOf)
  return {
    settings,
    added: now.filter((item) => !old.some((other) => isDeepStrictEqual(item, other))),
    removed: old.map(endpointOf).filter((place) => !places.some((other) => isDeepStrictEqual(place, other))),
  }
}

function listOf({ options: { endpoints } }: UpstreamSettings): readonly Item[] {
  return Array.isArray(endpoints) ? (endpoints as readonly Item[]) : []
}

function endpointOf(item: Item): EndpointLike {
  return typeof item === 'object' && 'endpoint' in item ? item.endpoint : item
}
