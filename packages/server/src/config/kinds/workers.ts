import { kind, type Kind } from './kind.ts'

/** More processes than this are a slip of the finger. */
const MOST = 1_024

/** How many processes serve. `auto`: as many as there are cores. */
export const WORKERS: Kind<number | 'auto'> = kind<number | 'auto'>({
  says: `a whole number from 1 to ${MOST}, or auto`,
  read: (given, written) => {
    if (given === 'auto') return 'auto'
    const isDigits = written?.isFromEnvironment === true && typeof given === 'string' && /^\d{1,4}$/.test(given)
    const count = isDigits ? Number(given) : given
    return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MOST ? count : undefined
  },
  json: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: MOST }] },
})
