import { fileURLToPath } from 'node:url'

const OURS = fileURLToPath(new URL('.', import.meta.url))

/** Where the pool was called from: the stack without its own frames. */
export function stackHere(): string {
  const [title = '', ...frames] = (new Error('acquired here').stack ?? '').split('\n')
  return [title, ...frames.filter((frame) => !frame.includes(OURS))].join('\n')
}
