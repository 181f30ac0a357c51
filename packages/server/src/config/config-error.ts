import { type ConfigProblem, textOf } from './problem.ts'

/** More than these are not read by anybody. */
const MOST_SHOWN = 100

/** A configuration cannot be used. `message` tells all that is wrong, one problem a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'INVALID_CONFIG'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const inOrder = problems.toSorted(byPosition)
    super(messageOf(inOrder))
    this.problems = inOrder
  }
}

function messageOf(problems: readonly ConfigProblem[]): string {
  const lines = problems.slice(0, MOST_SHOWN).map(textOf)
  if (problems.length > MOST_SHOWN) lines.push(`… and ${problems.length - MOST_SHOWN} more`)
  return lines.length === 1 ? lines.join('') : `${problems.length} problems:\n${lines.join('\n')}`
}

/** As they stand in the file; those of a program as they were found. */
function byPosition({ position: one }: ConfigProblem, { position: other }: ConfigProblem): number {
  if (one === undefined || other === undefined) return 0
  return one.line - other.line || one.column - other.column
}
