/** A value of a file, together with how it is written there: an error shows that, never what came from the environment. */
export class Written {
  readonly value: unknown
  /** The words of the file. */
  readonly source: string
  /** Asks: is a part of it the value of an environment variable? Then it is text, whatever it is meant as. */
  readonly isFromEnvironment: boolean
  /** What follows "must" when it could not be read at all, as that its variable is not set. */
  readonly wrong: string | undefined

  constructor(value: unknown, source: string, environment?: { isFromEnvironment: boolean; wrong: string | undefined }) {
    this.value = value
    this.source = source
    this.isFromEnvironment = environment?.isFromEnvironment ?? false
    this.wrong = environment?.wrong
  }
}

/** The value without how it is written, all the way down. */
export function plainOf(given: unknown): unknown {
  if (given instanceof Written) return given.value
  if (Array.isArray(given)) return given.map(plainOf)
  return given
}
