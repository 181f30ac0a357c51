import { invalidOptions } from '../options/rule.ts'

/** How many connections a pool keeps, and how many it may have. */
export interface Sizes {
  readonly minSize: number
  readonly maxSize: number
}

/** Throws if the two contradict each other. `unsaid` says where a size comes from that the caller did not write. */
export function requireOrder(sizes: Sizes, given: Partial<Sizes>, unsaid: string): void {
  if (sizes.minSize <= sizes.maxSize) return
  const minSize = given.minSize === undefined ? `${sizes.minSize} (${unsaid})` : sizes.minSize
  const maxSize = given.maxSize === undefined ? `${sizes.maxSize} (${unsaid})` : sizes.maxSize
  throw invalidOptions(`minSize must not exceed maxSize; got minSize ${minSize} and maxSize ${maxSize}`)
}
