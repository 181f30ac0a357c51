import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerProcess } from './server-process.ts'

/** Starts what needs a configuration file, in a folder that is removed when it has ended. */
export async function startWithFile(
  text: string,
  start: (file: string, folder: string) => Promise<ServerProcess>,
): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'bench.conf')
  await writeFile(file, text)
  try {
    const server = await start(file, folder)
    return {
      ...server,
      async stop() {
        await server.stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
