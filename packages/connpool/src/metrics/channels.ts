import { type Channel, channel } from 'node:diagnostics_channel'

// What is published, whoever the pool belongs to. Each message is the event that an observer would be given. They are
// constants of their own, not fields of one object: two of them are asked for listeners at every acquire and release.
export const acquireChannel: Channel = channel('connpool:acquire')
export const releaseChannel: Channel = channel('connpool:release')
export const dialChannel: Channel = channel('connpool:dial')
export const closeChannel: Channel = channel('connpool:close')
export const breakerChannel: Channel = channel('connpool:breaker')
export const waitingChannel: Channel = channel('connpool:waiting')
