import { type DestinationStream, pino } from 'pino'

/**
 * Standard error, written without waiting. A reader that is slow costs at most 4 MiB of memory, then lines; one that is gone
 * costs all lines; neither costs the server its work. Lines of several processes do not mix: a pipe takes 4 KiB at once.
 *
 * What is left at the end of the process is written before it ends, again and again until that works: after an error, as of a
 * disk that is full, it is given up instead.
 */
export function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: false, maxLength: 4 * 1024 * 1024, maxWrite: 4096 })
  const flushSync = stream.flushSync.bind(stream)
  // There is nowhere to say it.
  stream.on('error', () => (stream.flushSync = giveUp))
  stream.on('write', () => (stream.flushSync = flushSync))
  return stream
}

function giveUp(): void {}
