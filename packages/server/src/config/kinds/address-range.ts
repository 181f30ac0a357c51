import { readAddressRange } from '../../listener/address-range.ts'
import { kind, type Kind, Unfit } from './kind.ts'

/** An address, or a range of them. */
export const ADDRESS_RANGE: Kind<string> = kind({
  says: "an IP address or a CIDR range, as '10.0.0.0/8' or 'fd00::/8'",
  read: (given) => (typeof given === 'string' ? judged(given) : undefined),
  json: { type: 'string', pattern: '^[0-9A-Fa-f:.]+(/\\d{1,3})?$' },
})

function judged(range: string): string | Unfit {
  try {
    readAddressRange(range)
    return range
  } catch (error) {
    if (error instanceof RangeError) return new Unfit(error.message.replace(/, got .*$/s, ''))
    throw error
  }
}
