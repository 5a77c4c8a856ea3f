/**
 * A client of K2: one interface over gRPC (grpc.ts) and over HTTP (http.ts). Requests are those of query.proto, typed; rows and
 * their proof are as REST writes them, at either door.
 *
 *   ask     one page, tried again within a budget where that may pass
 *   pages   every page to the end
 *   stream  replay or follow, which goes on behind the last message where the connection is lost
 *
 *   errors  K2Error with the server's code
 */
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { type RetryBudget, TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import type { ClientTls } from '@k2/service/rpc-client.ts'
import type { MethodsOf, RequestIn } from '@k2/service/rpc-types.ts'
import { type GoingOn, goingOn } from './going-on.ts'
import type { Row } from './message.ts'
import type { proofJson } from './proof.ts'

type Methods = MethodsOf<QueryServiceDefinition>
export type Streamed = 'Replay' | 'Follow'
export type Asked = Exclude<Methods, Streamed>
export type RequestOf<M extends Methods> = RequestIn<QueryServiceDefinition[M]>
export type Meta = ReturnType<typeof proofJson>

export interface Answer {
  readonly rows: readonly Row[]
  readonly meta: Meta
}

export interface Batch {
  readonly rows: readonly Row[]
  /** Goes on behind these rows; empty where it has come nowhere yet. */
  readonly cursor: string
  /** Of a follow: what was there already has been sent. */
  readonly live?: boolean
  /** Of the last message of a replay. */
  readonly meta?: Meta
}

export interface ClientOptions {
  /** host:port of gRPC, or the URL of HTTP. */
  readonly address: string
  readonly apiKey?: string
  /** Of HTTP it is the URL that says whether. */
  readonly tls?: ClientTls
  /** Of one try of a question. */
  readonly deadlineMs?: number
  readonly retries?: RetryBudget
  /** Where a stream breaks off. */
  readonly goesOn?: Pick<GoingOn, 'told' | 'triesMax' | 'pauseMs'>
}

export interface Client {
  ask<M extends Asked>(method: M, request: RequestOf<M>, signal?: AbortSignal): Promise<Answer>
  pages<M extends Asked>(method: M, request: RequestOf<M>, signal?: AbortSignal): AsyncGenerator<Answer, void>
  stream<M extends Streamed>(method: M, request: RequestOf<M>, signal?: AbortSignal): AsyncGenerator<Batch, void>
  close(): void
}

/** What a transport is: one try each. */
export interface Door {
  readonly ask: (method: string, request: object, signal: AbortSignal) => Promise<Answer>
  readonly open: (method: string, request: object, signal: AbortSignal) => AsyncIterable<Batch>
  readonly close: () => void
}

export function clientOver(door: Door, { retries = TRANSIENT, goesOn = {} }: ClientOptions): Client {
  const closing = new AbortController()
  const until = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
  const ask: Client['ask'] = (method, request, signal) =>
    retry((_, late) => door.ask(method, request, late), { ...retries, signal: until(signal) })
  return {
    ask,
    async *pages(method, request, signal) {
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Answer = await ask(method, cursor === '' ? request : { ...request, cursor }, signal)
        yield page
        cursor = page.meta.next_cursor
      }
    },
    async *stream(method, request, signal) {
      const given = request as { readonly cursor?: string }
      const over = until(signal)
      const open = (cursor: string) => door.open(method, { ...request, ...(cursor && { cursor }) }, over)
      yield* goingOn(open, given.cursor ?? '', { ...goesOn, signal: over })
    },
    close() {
      closing.abort(new Error('the client is closed'))
      door.close()
    },
  }
}
