import type { ConfigProblem, PathStep } from '../problem.ts'

/** A configuration as it was given, by a file or a program, and where what stands in it. */
export interface GivenConfig {
  /** What it says, with `Written` for every single value of a file. */
  readonly root: unknown
  /** What paths of files are relative to. */
  readonly directory: string
  /** Where this path stands in a file: its key or its value. */
  position(path: readonly PathStep[], of: 'key' | 'value'): ConfigProblem['position']
}
