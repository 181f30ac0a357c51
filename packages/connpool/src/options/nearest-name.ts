/** Beyond this length a name is not a slip of the finger, and comparing it costs too much. */
const LONGEST_NAME = 40

/** The known name somebody who wrote `name` most likely meant, or undefined if none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  let nearest: string | undefined
  let least = Infinity
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance >= least || distance > tolerance(name, candidate)) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

/** A third of the letters may be wrong, rounded up: two swapped letters of four, or `Millis` for `Ms`. */
function tolerance(name: string, candidate: string): number {
  return Math.ceil(Math.max(name.length, candidate.length) / 3)
}

/** How many letters must be added, removed or changed (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) row = nextRow(row, line, from[line - 1], to)
  return row[to.length] ?? 0
}

function nextRow(above: readonly number[], line: number, letter: string | undefined, to: string): number[] {
  const row = [line]
  for (let column = 1; column <= to.length; column++) {
    const changed = (above[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
    row.push(Math.min(changed, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1))
  }
  return row
}
