import { systemClock } from 'connpool'

import { Worker } from './worker.ts'

new Worker({ process, clock: systemClock }).run()
