import type { GivenConfig } from './given-config.ts'

/** A configuration that a program gives: problems have a path and no line. */
export class ObjectSource implements GivenConfig {
  readonly root: unknown
  readonly directory: string

  constructor(root: unknown, directory: string) {
    this.root = root
    this.directory = directory
  }

  position(): undefined {
    return undefined
  }
}
