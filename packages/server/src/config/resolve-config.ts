import { serverSettings } from './build/server-settings.ts'
import type { ServerConfig } from './server-config.ts'
import type { ServerSettings } from './settings.ts'
import { ObjectSource } from './source/object-source.ts'

/**
 * Checks a configuration that a program gives, and fills in every default. Paths of files are relative to the working
 * directory. Text is taken as it is: `${NAME}` stands for the environment only in files.
 *
 * @throws ConfigError with all that is wrong, each as `listeners[0].maxClients must be …; got …`.
 */
export function resolveConfig(config: ServerConfig): ServerSettings {
  return serverSettings(new ObjectSource(config, process.cwd()))
}
