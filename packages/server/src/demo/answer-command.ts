import { safeText } from '../log/safe-text.ts'
import type { Command, CommandContext } from './command.ts'
import { COLLECTIONS } from './commands/collections.ts'
import { LISTS } from './commands/lists.ts'
import { SERVER_COMMANDS } from './commands/server-commands.ts'
import { STRINGS } from './commands/strings.ts'
import { CommandError } from './keyspace.ts'
import { failure, type Reply } from './reply.ts'

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({ ...SERVER_COMMANDS, ...STRINGS, ...LISTS, ...COLLECTIONS }),
)

/** The reply to a command; `words` are its name and arguments. */
export function answerCommand(words: readonly Buffer[], context: CommandContext): Reply {
  const [name = Buffer.alloc(0), ...args] = words
  const shown = name.toString('latin1', 0, 32)
  const command = COMMANDS.get(name.length > 32 ? '' : shown.toUpperCase())
  if (command === undefined) return failure(`ERR unknown command '${oneLine(shown)}': this is connpool's demo backend`)
  if (args.length < command.atLeast || args.length > command.atMost) {
    return failure(`ERR wrong number of arguments for '${oneLine(shown).toLowerCase()}' command`)
  }
  return attempt(command, args, context)
}

function attempt(command: Command, args: readonly Buffer[], context: CommandContext): Reply {
  try {
    return command.run(args, context)
  } catch (error) {
    if (error instanceof CommandError) return failure(error.message)
    throw error
  }
}

function oneLine(text: string): string {
  return safeText(text).replace(/[\r\n]/g, ' ')
}
