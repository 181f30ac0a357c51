import type { AcceptedHandle } from '../session/byte-port.ts'
import type { RemoteAddress } from '../session/session.ts'
import { plainAddress } from './address-range.ts'

/** What an accepted TCP connection can do before a socket is made of it; Unix sockets lack all but `close`. */
interface RawHandle {
  getpeername?(out: { address?: string; port?: number }): number
  setNoDelay?(isOn: boolean): number
  setKeepAlive?(isOn: boolean, seconds: number): number
  reset?(): number
  close(): void
}

/** Nothing is known of it. */
export const NOBODY: RemoteAddress = { address: undefined, port: undefined }

/** Who has connected; undefined for a Unix socket, and for one who has gone already. */
export function peerOf(handle: AcceptedHandle): RemoteAddress {
  const raw = handle as RawHandle
  const out: { address?: string; port?: number } = {}
  if (raw.getpeername?.(out) !== 0) return NOBODY
  return { address: out.address && plainAddress(out.address), port: out.port }
}

/**
 * Small writes go out at once, and a peer that has vanished is noticed some time. Set on what listens, it holds for whom that
 * accepts: Linux and the BSDs pass these options on, and five system calls for each client are saved.
 */
export function tuneListening(handle: AcceptedHandle): void {
  const raw = handle as RawHandle
  raw.setNoDelay?.(true)
  raw.setKeepAlive?.(true, 60)
}

/** The cheapest refusal: the client sees a reset. */
export function resetHandle(handle: AcceptedHandle): void {
  const raw = handle as RawHandle
  if (raw.reset?.() !== 0) raw.close()
}
