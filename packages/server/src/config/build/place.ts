import type { PathStep } from '../problem.ts'
import type { Problems } from '../problems.ts'

/** A section of the configuration while it becomes settings: what is wrong with it is told relative to it. */
export class Place {
  readonly #problems: Problems
  readonly #path: readonly PathStep[]
  /** What paths of files are relative to. */
  readonly directory: string

  constructor(problems: Problems, path: readonly PathStep[], directory: string) {
    this.#problems = problems
    this.#path = path
    this.directory = directory
  }

  in(...steps: readonly PathStep[]): Place {
    return new Place(this.#problems, [...this.#path, ...steps], this.directory)
  }

  /** The value here breaks a rule; what it is is told behind it. */
  refuse(rule: string): void {
    this.#problems.value(this.#path, rule)
  }

  /** It is here and should not be, or the other way round: its value does not matter. */
  refuseKey(rule: string): void {
    this.#problems.key(this.#path, rule)
  }
}
