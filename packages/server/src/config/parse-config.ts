import { serverSettings } from './build/server-settings.ts'
import type { ServerSettings } from './settings.ts'
import type { Environment } from './source/interpolate.ts'
import { YamlSource } from './source/yaml-source.ts'

/** Where the text of a configuration comes from. */
export interface ConfigOrigin {
  /** The path of its file: messages name it, and paths in it are relative to its directory. */
  readonly file: string
  /** What `${NAME}` stands for. @default process.env */
  readonly env?: Environment
}

/**
 * Checks a configuration in YAML, and fills in every default. The files it names are read, to see that they can be used.
 *
 * @throws ConfigError with all that is wrong, each as `config.yaml:7:17: listeners[0].maxClients must be …; got …`.
 */
export function parseConfig(text: string, { file, env = process.env }: ConfigOrigin): ServerSettings {
  return serverSettings(new YamlSource(text, file, env))
}
