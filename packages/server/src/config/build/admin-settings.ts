import { BlockList, isIP } from 'node:net'
import * as v from 'valibot'

import { DEFAULTS } from '../defaults.ts'
import { TCP_ADDRESS } from '../kinds/addresses.ts'
import type { AdminEntry } from '../schema/server-section.ts'
import type { AdminSettings } from '../settings.ts'
import type { Place } from './place.ts'

const DEFAULT_LISTEN = v.parse(TCP_ADDRESS, DEFAULTS.admin.listen)

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** The settings of the admin listener; undefined: there is none. */
export function adminSettings(entry: AdminEntry | false | undefined, place: Place): AdminSettings | undefined {
  if (entry === false) return undefined
  const { listen, token } = entry ?? { listen: undefined, token: undefined }
  if (listen !== undefined && token === undefined && !isLoopback(listen.host)) {
    place.in('listen').refuse('must be a loopback address, as there is no token')
  }
  return { listen: listen ?? DEFAULT_LISTEN, token, isAskedFor: listen !== undefined }
}

function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host === 'localhost'
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
