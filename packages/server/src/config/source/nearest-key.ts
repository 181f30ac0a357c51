/** Beyond this length a key is not a slip of the finger, and comparing it costs too much. */
const LONGEST = 40

/** The known key somebody who wrote `key` most likely meant, or undefined if none is near. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  if (key.length > LONGEST) return undefined
  const near = known
    .map((candidate) => ({ candidate, distance: distanceBetween(key, candidate) }))
    .filter(({ candidate, distance }) => distance <= tolerance(key, candidate))
  return near.toSorted((one, other) => one.distance - other.distance)[0]?.candidate
}

/** A third of the letters may be wrong, rounded up. */
function tolerance(key: string, candidate: string): number {
  return Math.ceil(Math.max(key.length, candidate.length) / 3)
}

/** How many letters must be added, removed or changed (Levenshtein); `max_size` and `maxsize` are `maxSize`. */
function distanceBetween(key: string, candidate: string): number {
  const from = bare(key)
  const to = bare(candidate)
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) row = nextRow(row, line, from[line - 1], to)
  return row.at(-1) ?? 0
}

function bare(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '')
}

function nextRow(above: readonly number[], line: number, letter: string | undefined, to: string): number[] {
  const row = [line]
  for (let column = 1; column <= to.length; column++) {
    const changed = (above[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
    row.push(Math.min(changed, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1))
  }
  return row
}
