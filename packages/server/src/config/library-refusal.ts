import { PoolError, Upstream, type UpstreamOptions } from 'connpool'

/**
 * Why the library would refuse an upstream with these options, in its words; undefined: it takes them. An upstream that
 * keeps nothing open dials nothing, so that one can be made only to ask.
 */
export function libraryRefusal({ pool, ...options }: UpstreamOptions): string | undefined {
  try {
    void new Upstream({ ...options, pool: { ...pool, minSize: 0 } }).destroy()
    return undefined
  } catch (error) {
    if (error instanceof PoolError && error.code === 'INVALID_OPTIONS') return error.message
    throw error
  }
}
