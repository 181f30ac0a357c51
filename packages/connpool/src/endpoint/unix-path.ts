import { isAbsolute } from 'node:path'

import { brokenRule } from '../options/rule.ts'

/** Throws unless a path can be a Unix socket's on this system. */
export function requireUnixPath(option: string, path: unknown): asserts path is string {
  const longest = longestPathBytes(process.platform)
  if (typeof path !== 'string') throw brokenRule(option, 'a string', path)
  if (path === '') throw brokenRule(option, 'a path that is not empty', path)
  if (!isClean(path)) throw brokenRule(option, 'a path without NUL, control characters or space around it', path)
  if (!isAbsolute(path)) throw brokenRule(option, "an absolute path, as 'unix:/run/x.sock'", path)
  if (path.startsWith('//')) throw brokenRule(option, "a path with one leading slash, as 'unix:/run/x.sock'", path)
  if (Buffer.byteLength(path) > longest) throw brokenRule(option, `a path of at most ${longest} bytes`, path)
}

/** What fits into `sun_path` with its closing NUL; some systems cut a longer one silently, and reach another socket. */
export function longestPathBytes(platform: NodeJS.Platform): number {
  if (platform === 'linux') return 107
  if (platform === 'win32') return 256
  return 103
}

function isClean(path: string): boolean {
  return path.trim() === path && !/\p{Cc}/u.test(path)
}
