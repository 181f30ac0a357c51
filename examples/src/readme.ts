// #region readme
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Pool } from 'connpool'

const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1') // any server will do
await once(echo, 'listening')
const { port } = echo.address() as AddressInfo

const pool = new Pool({ endpoint: { host: '127.0.0.1', port }, maxSize: 10 })

function ask(question: string): Promise<string> {
  return pool.use(async (socket, lease) => {
    socket.write(question)
    const [answer] = (await once(socket, 'data', { signal: lease.signal })) as [Buffer]
    return answer.toString()
  })
}

console.log(await Promise.all(['one', 'two', 'three'].map(ask)))
console.log(await ask('four'), pool.stats())
await pool.close()
echo.close()
// #endregion
