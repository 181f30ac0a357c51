import { type DestinationStream, pino } from 'pino'

/**
 * Standard error, written without waiting. A reader that is slow costs at most 4 MiB of memory, then lines; one that is gone
 * costs all lines; neither costs the server its work. Lines of several processes do not mix: a pipe takes 4 KiB at once.
 */
export function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: false, maxLength: 4 * 1024 * 1024, maxWrite: 4096 })
  stream.on('error', () => undefined) // there is nowhere to say it
  return stream
}
