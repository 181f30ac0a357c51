import { isMapping } from '../kinds/is-mapping.ts'
import type { ConfigProblem, PathStep } from '../problem.ts'
import type { GivenConfig } from './given-config.ts'

/** Keys of the whole configuration that stand above those of a file: what a command line says. */
export type ConfigOverrides = Readonly<Record<string, unknown>>

/** A file's configuration with something else above it. Of a section only the keys that are there are replaced. */
export class OverriddenConfig implements GivenConfig {
  readonly root: unknown
  readonly #given: GivenConfig
  readonly #overrides: ConfigOverrides

  constructor(given: GivenConfig, overrides: ConfigOverrides) {
    this.#given = given
    this.#overrides = overrides
    this.root = isMapping(given.root) ? merged(given.root, overrides) : given.root
  }

  get directory(): string {
    return this.#given.directory
  }

  /** What stands above the file has no place in it. */
  position(path: readonly PathStep[], of: 'key' | 'value'): ConfigProblem['position'] {
    const [first = '', second] = path
    const above = this.#overrides[first]
    const isAbove = isMapping(above) ? second !== undefined && Object.hasOwn(above, second) : above !== undefined
    return isAbove ? undefined : this.#given.position(path, of)
  }
}

function merged(below: Readonly<Record<string, unknown>>, above: ConfigOverrides): Readonly<Record<string, unknown>> {
  const sections = Object.entries(above).map(([key, value]) => {
    const under = below[key]
    return [key, isMapping(value) && isMapping(under) ? { ...under, ...value } : value] as const
  })
  return { ...below, ...Object.fromEntries(sections) }
}
