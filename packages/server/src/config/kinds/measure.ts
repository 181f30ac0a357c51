import type { Written } from '../source/written.ts'
import { kind, type JsonSchema, type Kind } from './kind.ts'

/** A kind of numbers, in whatever way they are written. */
export interface Measure {
  readonly says: string
  /** The number that is meant, or undefined if none is. */
  readonly parse: (given: unknown, written: Written | undefined) => number | undefined
  readonly allows: (value: number) => boolean
  readonly json: JsonSchema
}

const OFF = { enum: ['off', 'infinity'] }

export function measure({ says, parse, allows, json }: Measure): Kind<number> {
  return kind({
    says,
    read: (given, written) => {
      const value = parse(given, written)
      return value !== undefined && Number.isFinite(value) && allows(value) ? value : undefined
    },
    json,
  })
}

/** One that can be turned off, which makes it Infinity. */
export function measureOrOff({ says, parse, allows, json }: Measure): Kind<number> {
  return kind({
    says: `${says}, or off`,
    read: (given, written) => {
      if (isOff(given)) return Infinity
      const value = parse(given, written)
      return value !== undefined && Number.isFinite(value) && allows(value) ? value : undefined
    },
    json: { anyOf: [json, OFF] },
  })
}

function isOff(given: unknown): boolean {
  return given === Infinity || given === 'off' || given === 'infinity' || given === 'Infinity'
}
