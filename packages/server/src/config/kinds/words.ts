import { kind, type Kind } from './kind.ts'

const NAME_FORM = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/
const SERVER_NAME = /^(?:\*\.)?(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/i

/** `true` and `false`, as the environment writes them too. */
export const BOOLEAN: Kind<boolean> = kind({
  says: 'true or false',
  read: (given, written) => {
    if (typeof given === 'boolean') return given
    if (written?.isFromEnvironment !== true) return undefined
    return given === 'true' || (given === 'false' ? false : undefined)
  },
  json: { type: 'boolean' },
})

export const NAME_SAYS =
  'a name of at most 64 letters, digits, dots, - and _, which begins and ends with a letter or digit'

/** A name ends in logs, in metric labels and in the paths of the admin pages. */
export const NAME: Kind<string> = kind({
  says: NAME_SAYS,
  read: (given) => (typeof given === 'string' && isName(given) ? given : undefined),
  json: { type: 'string', pattern: NAME_FORM.source },
})

/** What the library calls a name: any text without control characters. */
export const LABEL: Kind<string> = kind({
  says: 'a text that is not empty and has no control characters',
  read: (given) => (typeof given === 'string' && given !== '' && !/\p{Cc}/u.test(given) ? given : undefined),
  json: { type: 'string', minLength: 1 },
})

export const FILE_PATH: Kind<string> = kind({
  says: 'the path of a file',
  read: (given) => (typeof given === 'string' && given !== '' && !given.includes('\0') ? given : undefined),
  json: { type: 'string', minLength: 1 },
})

export const HOST_PATTERN: Kind<string> = kind({
  says: "a server name, as 'db.example.org' or '*.example.org'",
  read: (given) => (typeof given === 'string' && SERVER_NAME.test(given) ? given.toLowerCase() : undefined),
  json: { type: 'string', pattern: SERVER_NAME.source },
})

export const FALSE_OR_OFF: Kind<false> = kind({
  says: 'a mapping, or off',
  read: (given) => (given === false || given === 'off' ? false : undefined),
  json: { enum: [false, 'off'] },
})

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return kind({
    says: words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`,
    read: (given) => words.find((word) => word === given),
    json: { enum: words },
  })
}

/** Names are keys of objects too, so that those every object has are none. */
export function isName(text: string): boolean {
  return NAME_FORM.test(text) && !(text in Object.prototype)
}
