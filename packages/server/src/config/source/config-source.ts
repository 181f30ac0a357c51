import type { ConfigProblem, PathStep } from '../problem.ts'

/** Where a configuration comes from: a file, or a program's object. */
export interface ConfigSource {
  /** What it says, with `Written` for every single value of a file. */
  readonly root: unknown
  /** What paths of files are relative to. */
  readonly directory: string
  /** Where this path stands in a file: its key or its value. */
  position(path: readonly PathStep[], of: 'key' | 'value'): ConfigProblem['position']
}
