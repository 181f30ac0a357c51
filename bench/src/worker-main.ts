// The worker's side: carries out one order after the other. An error ends the process, which its parent reports.

import { type Load, openLoad } from './loads/load.ts'
import type { Answer, Order } from './worker.ts'

let load: Load | undefined

async function carryOut(order: Order): Promise<Answer> {
  switch (order.order) {
    case 'open':
      load = await openLoad(order.job)
      return { answer: 'done' }
    case 'round':
      if (load === undefined) throw new Error('a round was asked for before a load was opened')
      return { answer: 'sample', sample: await load.round() }
    case 'end':
      await load?.end()
      return { answer: 'done' }
  }
}

process.on('message', (order: Order) => {
  void carryOut(order).then((answer) => {
    // The worker leaves by its own will, because a pool that keeps a process alive is not what is measured here.
    process.send?.(answer, () => {
      if (order.order === 'end') process.exit()
    })
  })
})

// The bench was ended from outside: so is what it measures.
process.on('disconnect', () => process.exit())
