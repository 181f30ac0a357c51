import type { Socket } from 'node:net'

import { command } from '../redis/command.ts'
import type { Target } from './target.ts'

/** What a fresh connection has to say first: who we are, and which database. */
export async function greet(socket: Socket, { greeting }: Target, signal: AbortSignal): Promise<void> {
  for (const words of greeting) await command(socket, words, signal)
}
