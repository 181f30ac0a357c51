/**
 * What must never happen, by the numbers of the field guide: S1 capacity, S2 exclusivity, S3 conservation, S4
 * cleanliness, S5 settle once, S6 order, S7 deadline, S10 work conserving, S11 no lost wake-up, S13 bounded, S16 honest
 * refusals, S17 honest numbers, S18 breaker, S19 drain; L1 everybody is answered once the faults stop, L2 a close ends,
 * L5 rest.
 */
export type Invariant =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S7'
  | 'S10'
  | 'S11'
  | 'S13'
  | 'S16'
  | 'S17'
  | 'S18'
  | 'S19'
  | 'L1'
  | 'L2'
  | 'L5'

class Violation extends Error {
  override readonly name = 'Violation'

  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`)
  }
}

/** Throws a {@link Violation}, to be called where a claim does not hold. */
export function violated(invariant: Invariant, what: string): never {
  throw new Violation(invariant, what)
}
