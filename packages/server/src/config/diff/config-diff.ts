import type { EndpointLike, UpstreamEndpoint } from 'connpool'

import type { ListenerSettings, UpstreamSettings } from '../settings.ts'

/** What has to be done to go from one configuration to another. Whatever is not in it stays as it is. */
export interface ConfigDiff {
  readonly listeners: {
    readonly added: readonly ListenerSettings[]
    /** By name. Their sessions may end by themselves. */
    readonly removed: readonly string[]
    /** They go on listening; new clients are served by the new settings. */
    readonly changed: readonly ListenerSettings[]
    /** They must listen anew, since the address, `backlog` or `reusePort` is another. */
    readonly reopened: readonly ListenerSettings[]
  }
  readonly upstreams: {
    readonly added: readonly UpstreamSettings[]
    readonly removed: readonly string[]
    /** They go on with their connections. */
    readonly changed: readonly UpstreamChange[]
    /** Another upstream takes their place, since connections of the old one would be of no use to it. */
    readonly replaced: readonly UpstreamSettings[]
  }
  /** Keys that are another, and take effect only in a new process. */
  readonly needRestart: readonly RestartKey[]
  /** Keys of the whole server that are another and take effect at once. */
  readonly changedKeys: readonly ('drainTimeout' | 'monitors' | 'log')[]
}

export type RestartKey = 'workers' | 'dispatch' | 'admin'

/** An upstream that stays, with what is new about it. */
export interface UpstreamChange {
  readonly settings: UpstreamSettings
  /** New endpoints, and those with another weight, priority or zone: as `Upstream.add` takes them. */
  readonly added: readonly (EndpointLike | UpstreamEndpoint)[]
  /** As `Upstream.remove` takes them. */
  readonly removed: readonly EndpointLike[]
}
