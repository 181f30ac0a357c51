import type { ServerCore } from '../server-core.ts'
import type { Question } from './messages.ts'

/** What a worker answers. */
export async function answerOf(core: ServerCore, question: Exclude<Question, { what: 'reload' }>): Promise<unknown> {
  switch (question.what) {
    case 'stats':
      return core.statsNow()
    case 'unreachable':
      return await core.unreachable()
    case 'pause':
      return await core.pause(question.upstream)
    case 'resume':
      return await core.resume(question.upstream)
    case 'close':
      return await core.close(question.graceMs)
  }
}
