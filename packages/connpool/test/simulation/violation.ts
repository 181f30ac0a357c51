/**
 * What must never happen, by the numbers of the field guide: S1 capacity, S2 exclusivity, S3 conservation, S4
 * cleanliness, S5 settle once, S6 order, S7 deadline, S8 no use after return, S9 at most once, S10 work conserving, S11
 * no lost wakeup, S12 budget, S13 bounded, S14 nothing left behind, S15 no escape, S16 typed errors, S17 honest
 * numbers, S18 breaker, S19 drain; L1 everybody is served once the faults stop, L2 a close ends, L5 rest.
 */
export type Invariant =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S7'
  | 'S8'
  | 'S9'
  | 'S10'
  | 'S11'
  | 'S12'
  | 'S13'
  | 'S14'
  | 'S15'
  | 'S16'
  | 'S17'
  | 'S18'
  | 'S19'
  | 'L1'
  | 'L2'
  | 'L5'

/** The pool under test, or what it did to its users, was not as promised. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: Invariant

  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
  }
}

/** Throws a {@link Violation} unless the claim holds. */
export function must(invariant: Invariant, holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, what())
}
