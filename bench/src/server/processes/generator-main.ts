// An open-loop generator in a process of its own: told what to send, it answers with what came of it.

import { runOpenLoop, type OpenLoop } from './open-loop.ts'

process.on('message', (load: OpenLoop) => {
  void runOpenLoop(load).then((result) => process.send?.(result))
})

process.on('disconnect', () => process.exit())
