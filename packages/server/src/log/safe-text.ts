/** Longer texts that clients or backends may have written are cut: a log line has a bound. */
const MAX_LENGTH = 300

/** What JSON leaves as it is, and what a terminal or a log viewer may obey: DEL, C1, line ends and turns of Unicode. */
const OBEYED = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text from outside for a line of JSON: of bounded length, without characters that change how the line is shown. */
export function safeText(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
  return cut.replace(OBEYED, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
