import { parseConfig } from './parse-config.ts'
import { resolveConfig } from './resolve-config.ts'
import type { ServerConfig } from './server-config.ts'
import type { ServerSettings } from './settings.ts'
import type { ConfigOverrides } from './source/overridden-config.ts'

/** A configuration as it was given: an object, or the text of a file, with what a command line puts above it. Workers are given the same, and read it themselves. */
export type ConfigSource =
  | { readonly config: ServerConfig }
  | { readonly text: string; readonly file: string; readonly overrides?: ConfigOverrides }

/** @throws ConfigError with all that is wrong. */
export function readConfig(source: ConfigSource): ServerSettings {
  return 'config' in source ? resolveConfig(source.config) : parseConfig(source.text, source)
}
