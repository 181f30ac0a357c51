import { isDeepStrictEqual } from 'node:util'

import type { EndpointLike, UpstreamEndpoint } from 'connpool'

import { probedAs } from '../../upstreams/probe-of.ts'
import type { ServerSettings, UpstreamSettings } from '../settings.ts'
import { diffByName } from './by-name.ts'
import type { ConfigDiff, UpstreamChange } from './config-diff.ts'

type Item = EndpointLike | UpstreamEndpoint

/** What is known of upstreams, and who speaks to them. */
type Speaking = Pick<ServerSettings, 'upstreams' | 'listeners'>

export function diffUpstreams(before: Speaking, after: Speaking): ConfigDiff['upstreams'] {
  const { added, removed, changed } = diffByName(comparable(before), comparable(after))
  const byName = new Map(after.upstreams.map((each) => [each.name, each]))
  const pairs = changed.map((each) => ({ ...each, settings: byName.get(each.after.name) ?? each.after }))
  const stays = ({ before: was, after: is }: (typeof pairs)[number]): boolean => isSameButForEndpoints(was, is)
  return {
    added: added.map((each) => byName.get(each.name) ?? each),
    removed,
    changed: pairs.filter(stays).map(({ before: was, after: is, settings }) => changeOf(was, is, settings)),
    replaced: pairs.filter((each) => !stays(each)).map(({ settings }) => settings),
  }
}

/** An upstream with the health check that the protocol of its listeners gives it. */
interface Comparable extends UpstreamSettings {
  readonly probedAs: string | undefined
}

/** What looks endpoints up is another object each time; `discovery` says what it looks up. */
function comparable({ upstreams, listeners }: Speaking): readonly Comparable[] {
  return upstreams.map((each) => {
    const options = each.discovery === undefined ? each.options : { ...each.options, endpoints: [] }
    return { ...each, options, probedAs: probedAs(each.name, listeners) }
  })
}

/** Only endpoints and limits of an upstream can be changed while it runs. */
function isSameButForEndpoints(one: Comparable, other: Comparable): boolean {
  return isDeepStrictEqual(withoutEndpoints(one), withoutEndpoints(other))
}

function withoutEndpoints({ options, discovery, proxyProtocol, probedAs: probe }: Comparable): object {
  const { endpoints: _endpoints, ...rest } = options
  return { options: rest, discovery, proxyProtocol, probe }
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
