/**
 * Streams over HTTP: a replay as lines of JSON, a follow as messages of a WebSocket. A line or message that is no row has
 * a name that no row has: `cursor`, `meta`, `error`.
 */
import { Readable } from 'node:stream'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Access } from '@k2/service/access/access.ts'
import { type HttpApp, type HttpReply, requestSignal } from '@k2/service/http.ts'
import { asK2Error, problemOf } from '@k2/service/problem.ts'
import { mapped } from '@k2/service/send.ts'
import { type SocketCall, socketRoute } from '@k2/service/socket.ts'
import type { Params } from './core/params.ts'
import type { Format } from './core/question.ts'
import { STREAMS, type StreamDefinition, type StreamQuestion } from './core/streams.ts'
import { TYPES } from './formats.ts'
import { type Doors, metaJson, type Request, textsOf } from './rest.ts'
import type { Sent, Stream } from './streams.ts'

export interface StreamTimes {
  /** For a client to take a message. */
  readonly slowMsMax: number
  /** Between pings. */
  readonly heartbeatMs: number
}

type SocketTimes = StreamTimes & { readonly access: Access | undefined }

export function streamRoutes(app: HttpApp, doors: Doors, times: SocketTimes): void {
  for (const definition of STREAMS) {
    if (definition.method === 'GET') socket(app, doors, definition, times)
    else lines(app, doors, definition, times)
  }
}

function asLines(question: StreamQuestion, format: Format): StreamQuestion {
  if (question.format === 'arrow')
    throw new K2Error('INVALID_ARGUMENT', 'arrow is of gRPC; format=arrow of /v1/trades and its like has pages of it.')
  return { ...question, format }
}

function lines(
  app: HttpApp,
  { clock, open }: Doors,
  { path, params, read }: StreamDefinition,
  times: StreamTimes,
): void {
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort(new K2Error('NOT_READY', 'The server is stopping.')))
  app.post(path, async (request: Request, reply: HttpReply) => {
    reply.header('cache-control', 'no-store')
    const question = asLines(read(textsOf(request, params), clock.nowMicros()), 'ndjson')
    const ends = { signal: requestSignal(request), stopping: stopping.signal }
    const messages = open(question, ends)
    // Before the head of the answer: what is wrong with the question has a status of its own.
    const first = await messages.next()
    const body = Readable.from(
      untilSlow(linesOf(first, messages, request.id), times.slowMsMax, () => body.destroy()),
      {
        objectMode: false,
      },
    )
    return reply.header('content-type', TYPES.ndjson).send(body)
  })
}

async function* linesOf(first: IteratorResult<Sent, void>, rest: Stream, id: string): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      const { body, cursor, meta } = next.value
      const behind = meta ? { meta: metaJson(meta, undefined) } : { cursor }
      yield Buffer.concat([body, Buffer.from(`${JSON.stringify(behind)}\n`)])
    }
  } catch (thrown) {
    // The status has been sent: only a line can tell.
    yield Buffer.from(`${JSON.stringify({ error: problemOf(asK2Error(thrown), id) })}\n`)
  } finally {
    await rest.return()
  }
}

/** Calls `cut` where nothing is asked for in this time. */
async function* untilSlow<T>(messages: AsyncGenerator<T>, slowMsMax: number, cut: () => void): AsyncGenerator<T> {
  for await (const message of messages) {
    const timer = setTimeout(cut, slowMsMax)
    try {
      yield message
    } finally {
      clearTimeout(timer)
    }
  }
}

function socket(
  app: HttpApp,
  { clock, open }: Doors,
  { path, params, read }: StreamDefinition,
  times: SocketTimes,
): void {
  socketRoute(app, {
    path,
    access: times.access,
    slowMsMax: times.slowMsMax,
    pingMs: times.heartbeatMs,
    open({ url, ...ends }: SocketCall) {
      const question = asLines(read(given(url, params), clock.nowMicros()), 'json')
      return mapped(open(question, ends), textOf)
    },
  })
}

const given = (url: URL, params: Params) => {
  const query = Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]))
  const single = Object.entries(query).map(([name, values]) => [name, values.length === 1 ? values[0]! : values])
  return textsOf({ query: Object.fromEntries(single), params: {}, body: undefined }, params)
}

function textOf({ body, cursor, live, reasons, lagRecords }: Sent): Uint8Array {
  const rest = {
    cursor,
    live,
    complete: reasons.length === 0,
    reasons,
    ...(lagRecords !== undefined && { lag_records: String(lagRecords) }),
  }
  return Buffer.concat([Buffer.from('{"data":['), body, Buffer.from(`],${JSON.stringify(rest).slice(1)}`)])
}
