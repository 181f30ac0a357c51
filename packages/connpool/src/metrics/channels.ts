import { type Channel, channel } from 'node:diagnostics_channel'

/** What is published, whoever the pool belongs to; each message is the event an observer would be given. */
export const channels: Readonly<Record<'acquire' | 'release' | 'dial' | 'close' | 'breaker' | 'waiting', Channel>> = {
  acquire: channel('connpool:acquire'),
  release: channel('connpool:release'),
  dial: channel('connpool:dial'),
  close: channel('connpool:close'),
  breaker: channel('connpool:breaker'),
  waiting: channel('connpool:waiting'),
}
