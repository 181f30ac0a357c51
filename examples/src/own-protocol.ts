// #region own-protocol
import {
  type FramedProtocol,
  type FrameScanner,
  FrontServer,
  type HandlerContext,
  ProtocolError,
} from '@connpool/server'

/** Each message begins with one byte that says how many more there are. */
class MessageScanner implements FrameScanner {
  #missing = 0

  get isInFrame(): boolean {
    return this.#missing > 0
  }

  scan(bytes: Uint8Array, start: number): number {
    const at = this.isInFrame ? start : start + 1
    if (!this.isInFrame) this.#missing = bytes[start] ?? 0
    const end = at + this.#missing
    this.#missing = Math.max(0, end - bytes.length)
    return this.isInFrame ? -1 : end
  }
}

function message(payload: Uint8Array): Uint8Array {
  if (payload.length > 255) throw new ProtocolError('A message has at most 255 bytes', 'too-large')
  return Buffer.concat([Buffer.of(payload.length), payload])
}

const messages: FramedProtocol = {
  name: 'messages',
  pooling: 'exchange',
  requests: () => new MessageScanner(),
  replies: () => new MessageScanner(),
  payload: (frame) => frame.subarray(1),
  frame: message,
  refusal: ({ reason }) => message(Buffer.from(`! ${reason}`)),
}

/** Tells each client how many bytes it has said, in this process alone. */
function handle(request: Buffer, { session }: HandlerContext): string {
  const said = Number(session.state.get('said') ?? 0) + request.length
  session.state.set('said', said)
  return `${said} bytes`
}

export function counter(): FrontServer {
  const listener = { name: 'counter', listen: '127.0.0.1:0', protocol: messages, handle, maxClients: 100 }
  return new FrontServer({ listeners: [listener], admin: 'off' })
}
// #endregion
