import type { BaseIssue, IssuePathItem } from 'valibot'

import { nearestKey } from '../source/nearest-key.ts'

/** What a step of validation tells valibot of a problem. */
export interface Complaint {
  readonly message: string
  path?: [IssuePathItem, ...IssuePathItem[]]
}

/** A problem found further inside, to be told again from here. */
export function passOn({ message, path }: BaseIssue<unknown>): Complaint {
  return path === undefined ? { message } : { message, path }
}

/** A key nobody knows. That it is about the key, and not about its value, is valibot's `origin`. */
export function unknownKey(given: Record<string, unknown>, key: string, known: readonly string[]): Complaint {
  const nearest = nearestKey(key, known)
  const hint = nearest === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${nearest}?`
  return {
    message: `is not a known key; ${hint}`,
    path: [{ type: 'object', origin: 'key', input: given, key, value: given[key] }],
  }
}
