/**
 * Where in a circle of length 1 each stands, from 0 up to, not including, 1. Those known stay where they are; the others
 * are spread evenly between those beside them, so that around the circle the order is that of the array.
 */
export function fillPhases(known: readonly (number | undefined)[]): readonly number[] {
  const count = known.length
  const anchor = known.findIndex((phase) => phase !== undefined)
  if (anchor === -1) return known.map((_, place) => (place + 0.5) / count)
  const phases = known.map((phase) => phase ?? 0)
  let from = anchor
  for (let place = anchor + 1; place <= anchor + count; place++) {
    if (known[place % count] === undefined) continue
    spread(phases, from, place)
    from = place
  }
  return phases
}

/** Spreads those after place `from` and before place `to`, both counted around the circle. */
function spread(phases: number[], from: number, to: number): void {
  const count = phases.length
  const start = phases[from % count] ?? 0
  const distance = around((phases[to % count] ?? 0) - start) || 1
  for (let place = from + 1; place < to; place++) {
    phases[place % count] = around(start + (distance * (place - from)) / (to - from))
  }
}

function around(phase: number): number {
  return phase - Math.floor(phase)
}
