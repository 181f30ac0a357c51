/** What is fuzzed. A new target is a file here, and a line below. */
import { configuration } from './configuration.mjs'
import { protocols } from './protocols.mjs'
import { proxyHeaders } from './proxy-headers.mjs'

/**
 * @typedef {object} FuzzTarget
 * @property {string} name
 * @property {readonly Uint8Array[]} samples valid inputs, which are put together and changed
 * @property {readonly Uint8Array[]} pieces what is put into them: what the format is made of
 * @property {(input: Buffer) => string} run throws if something happened that must not; answers in a word or two what did, which is
 *   counted. Its chances follow from the input (`chanceOf`), so that an input fails always or never.
 */

/** @type {readonly FuzzTarget[]} */
export const targets = [...proxyHeaders, ...protocols, ...configuration]
