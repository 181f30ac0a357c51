import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again: does somebody accept connections on this loopback port? */
export async function acceptsWithin(port: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    const socket = net.connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return true
    } catch {
      await sleep(20)
    } finally {
      socket.destroy()
    }
  }
  return false
}
