import type { Kind } from './kind.ts'
import { type Measure, measure, measureOrOff } from './measure.ts'

const SIZE = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB|KiB|MiB|GiB)$/
const UNITS: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 1_000],
  ['KB', 1_000],
  ['MB', 1_000_000],
  ['GB', 1_000_000_000],
  ['KiB', 1_024],
  ['MiB', 1_024 ** 2],
  ['GiB', 1_024 ** 3],
])

const BYTES: Measure = {
  says: 'a size as 512B, 64KiB, 1MiB or 10MB, a whole number of bytes and at least one',
  parse: sizeOf,
  allows: (value) => Number.isSafeInteger(value) && value >= 1,
  json: {
    anyOf: [
      { type: 'string', pattern: SIZE.source },
      { type: 'integer', minimum: 1 },
    ],
  },
}

/** Bytes for the server. A number without a unit is bytes. */
export const SIZE_IN_BYTES: Kind<number> = measure(BYTES)
export const SIZE_OR_OFF: Kind<number> = measureOrOff(BYTES)

function sizeOf(given: unknown): number | undefined {
  if (typeof given === 'number') return given
  if (typeof given !== 'string') return undefined
  const [, digits, unit = ''] = SIZE.exec(given) ?? []
  const unitBytes = UNITS.get(unit)
  return unitBytes === undefined ? undefined : Number(digits) * unitBytes
}
