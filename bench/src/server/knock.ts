import { connect } from 'node:net'

export interface Knocking {
  readonly port: number
  readonly count: number
  readonly atOnce: number
  /** How what they are to be told begins. */
  readonly told?: string | undefined
}

/** Connects `count` times, reads until the server has hung up on each, and answers how many were told what they were to be. */
export async function knock({ port, count, atOnce, told }: Knocking): Promise<number> {
  let left = count
  let heard = 0
  const knockAgain = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const text = await knockOnce(port)
      if (told !== undefined && text.startsWith(told)) heard += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, knockAgain))
  return heard
}

function knockOnce(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.on('error', () => {}) // a reset is an answer too; 'close' follows
    socket.on('close', () => resolve(text))
  })
}
