import { Secret } from '../secret.ts'
import { kind, type Kind } from './kind.ts'

/** A secret of the operator. What it is goes into an HTTP header, so it is printable ASCII. */
export const TOKEN: Kind<Secret> = kind({
  says: 'a text of printable ASCII characters without spaces',
  read: (given) => {
    const text = given instanceof Secret ? given.reveal() : given
    return typeof text === 'string' && /^[!-~]+$/.test(text) ? new Secret(text) : undefined
  },
  json: { type: 'string' },
})
