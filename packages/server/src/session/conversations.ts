import type { Lease } from 'connpool'

import type { ListenerSettings } from '../config/settings.ts'
import type { SessionInfo } from '../handler.ts'
import type { FramedProtocol } from '../protocols/protocol.ts'
import type { RefusalReason } from '../refusal.ts'
import type { NamedUpstream } from '../upstreams/named-upstream.ts'
import { BackendCall } from './backend-call.ts'
import type { Conversation } from './conversation.ts'
import { FramedConversation, type FramedOptions } from './framed-conversation.ts'
import { HandlerCall, type Slot } from './handler-call.ts'
import { handlerContext } from './handler-context.ts'
import type { Lending } from './lending.ts'
import { messageOf } from './refusal-messages.ts'
import type { Backend } from './port-of.ts'
import { Relay } from './relay.ts'
import type { Session } from './session.ts'

/** Makes what is done with a session's bytes. */
export type ConversationMaker = (session: Session) => Conversation

/** So many requests of one client, sent without waiting for replies, may share one loan of a connection. */
const MOST_IN_BATCH = 128

/** What the backend is told about the client ahead of its bytes: a PROXY header. */
export type Preamble = (session: Session) => Uint8Array | undefined

export interface BackendConversations {
  readonly settings: ListenerSettings
  readonly lending: Lending<Lease<Backend>>
  readonly preamble: Preamble
}

/** Sessions that are served by a backend. */
export function backendConversations({ settings, lending, preamble }: BackendConversations): ConversationMaker {
  const { protocol, maxRequestBytes } = settings
  if (protocol.pooling === 'session') {
    const { serverSpeaksFirst } = protocol
    return (session) => new Relay(session, { lending, serverSpeaksFirst, preamble: preamble(session) })
  }
  const refusal = (reason: RefusalReason): Uint8Array => protocol.refusal({ reason, message: messageOf(reason) })
  const options: FramedOptions = {
    protocol,
    maxRequestBytes,
    call: (frames, caller) => {
      const batch = batchOf(frames, protocol)
      return {
        call: new BackendCall({ protocol, lending, batch, caller }),
        taken: batch.frames.length,
        replies: batch.replies,
      }
    },
    own: (session, early) => new Relay(session, { ...OWN, lending, early, refusal }),
  }
  return (session) => new FramedConversation(session, options)
}

export interface HandlerConversations {
  readonly settings: ListenerSettings
  readonly lending: Lending<Slot>
  readonly upstreams: ReadonlyMap<string, NamedUpstream>
  readonly failed: (error: unknown) => void
}

/** Sessions that are served by a handler. */
export function handlerConversations({
  settings,
  lending,
  upstreams,
  failed,
}: HandlerConversations): ConversationMaker {
  const { protocol, handle, maxRequestBytes, upstream, name } = settings
  if (handle === undefined || protocol.pooling === 'session') throw new Error('bug: a handler needs requests to handle')
  return (session) => {
    const info = infoOf(session, name)
    const context = (signal: AbortSignal) => handlerContext({ upstreams, upstream, session: info }, signal)
    return new FramedConversation(session, {
      protocol,
      maxRequestBytes,
      call: ([frame = EMPTY], caller) => ({
        call: new HandlerCall({ protocol, handle, lending, frame, caller, context, failed }),
        taken: 1,
        replies: 1,
      }),
    })
  }
}

const EMPTY = Buffer.alloc(0)

const OWN = { serverSpeaksFirst: false, preamble: undefined } as const

/** The requests ahead that may be written to one connection in one go. The first is one of them, whatever it is. */
function batchOf(frames: readonly Buffer[], protocol: FramedProtocol): { frames: readonly Buffer[]; replies: number } {
  let taken = 1
  while (taken < Math.min(frames.length, MOST_IN_BATCH) && maySend(frames[taken], protocol)) taken++
  const batch = frames.slice(0, taken)
  return { frames: batch, replies: batch.filter((frame) => protocol.hasReply?.(frame) ?? true).length }
}

function maySend(frame: Buffer | undefined, protocol: FramedProtocol): boolean {
  if (frame === undefined || protocol.answer?.(frame) !== undefined) return false
  return (protocol.claim?.(frame) ?? 'share') === 'share'
}

function infoOf({ id, remote }: Session, listener: string): SessionInfo {
  return { id, listener, remoteAddress: remote.address, remotePort: remote.port, state: new Map() }
}
