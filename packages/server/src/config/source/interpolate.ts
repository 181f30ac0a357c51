/** `$${` is a dollar sign and a brace; `${NAME}` is the variable's value; any other `${` is a slip. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g

/** Environment variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Text after the environment was put in. */
export interface Interpolated {
  readonly text: string
  /** Asks: has it a variable's value in it? */
  readonly isFromEnvironment: boolean
  /** What is wrong with it, as what follows "must": a variable that is not set, or a `${` that is none. */
  readonly wrong: string | undefined
}

/** Puts environment variables into a text, once: what they hold is not looked into. */
export function interpolate(text: string, environment: Environment): Interpolated {
  let wrong: string | undefined
  let isFromEnvironment = false
  const filled = text.replace(REFERENCE, (reference, name?: string) => {
    if (reference === '$${') return '${'
    const value = name === undefined || !Object.hasOwn(environment, name) ? undefined : environment[name]
    if (value === undefined) wrong ??= wrongWith(name)
    else isFromEnvironment = true
    return value ?? ''
  })
  return { text: filled, isFromEnvironment, wrong }
}

function wrongWith(name: string | undefined): string {
  if (name === undefined) return "be written '${NAME}' for a variable, or '$${' for these two characters"
  return `have its environment variable, and ${name} is not set`
}
