import { fileURLToPath } from 'node:url'

const OURS = new URL('.', import.meta.url)
/** Node names our files by their URL; what compiles them on the way may name them by their path. */
const OUR_NAMES: readonly string[] = [OURS.href, fileURLToPath(OURS)]

/**
 * Where the pool was called from: the stack without our own frames. Node keeps few frames: `below`, our function that
 * was called first, keeps those above it from taking the place of the caller's.
 */
export function stackHere(below: (...args: never[]) => unknown = stackHere): string {
  const here = new Error('acquired here')
  Error.captureStackTrace(here, below)
  return stackOf(here)
}

/** The stack of an error that was made on our side of a call, without our own frames. */
export function stackOf(error: Error): string {
  const [title = '', ...frames] = (error.stack ?? '').split('\n')
  return [title, ...frames.filter((frame) => !OUR_NAMES.some((name) => frame.includes(name)))].join('\n')
}
