import { serverSettings } from './build/server-settings.ts'
import type { ServerSettings } from './settings.ts'
import type { Environment } from './source/interpolate.ts'
import { type ConfigOverrides, OverriddenConfig } from './source/overridden-config.ts'
import { YamlSource } from './source/yaml-source.ts'

/** Where the text of a configuration comes from. */
export interface ConfigOrigin {
  /** The path of its file: messages name it, and paths in it are relative to its directory. */
  readonly file: string
  /** What `${NAME}` stands for. @default process.env */
  readonly env?: Environment
  /** Keys that replace those of the text, as a command line does: `{ workers: 4, admin: { listen: … } }`. */
  readonly overrides?: ConfigOverrides
}

/**
 * Checks a configuration in YAML, and fills in every default. The files it names are read, to see that they can be used.
 *
 * @throws ConfigError with all that is wrong, each as `config.yaml:7:17: listeners[0].maxClients must be …; got …`.
 */
export function parseConfig(text: string, { file, env = process.env, overrides }: ConfigOrigin): ServerSettings {
  const given = new YamlSource(text, file, env)
  return serverSettings(overrides === undefined ? given : new OverriddenConfig(given, overrides))
}
