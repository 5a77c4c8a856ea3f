/** The client over HTTP: paths and parameters are those of the server's own /openapi.json. */
import { type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'
import { openSocket } from '@k2/service/socket-client.ts'
import type { Batch, Client, ClientOptions, Meta } from './client.ts'
import { clientOver } from './client.ts'
import { METHODS } from './grpc.ts'
import type { Row } from './message.ts'
import { type Route, restRequest, routesOf } from './rest-request.ts'

const DEADLINE_MS = 30_000
const MESSAGE_BYTES_MAX = 64 * 2 ** 20

export function connectHttp(options: ClientOptions): Client {
  const { address, apiKey, tls = {}, deadlineMs = DEADLINE_MS } = options
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? {} : { 'x-api-key': apiKey }

  /** The answer's body, once its head says that it is one. */
  function sent(path: string, body: object | undefined, signal: AbortSignal) {
    const url = new URL(path, address)
    const request = url.protocol === 'https:' ? overHttps : overHttp
    const type = body ? { 'content-type': 'application/json' } : {}
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const call = request(url, { method: body ? 'POST' : 'GET', headers: { ...headers, ...type }, signal, ...tls })
    call.on('error', (error) =>
      reject(signal.aborted ? signal.reason : new K2Error('NOT_READY', error.message, {}, error)),
    )
    call.on('response', (answer) => {
      if (answer.statusCode === 200) resolve(answer)
      else text(answer).then((problem) => reject(refusal(problem, answer.statusCode!)), reject)
    })
    call.end(body && JSON.stringify(body))
    return promise
  }

  let known: Promise<ReadonlyMap<string, Route>> | undefined
  async function routeOf(method: string, signal: AbortSignal): Promise<Route> {
    known ??= sent('/openapi.json', undefined, signal).then(async (answer) => routesOf(JSON.parse(await text(answer))))
    try {
      return (await known).get(method)!
    } catch (error) {
      known = undefined
      throw error
    }
  }

  async function ask(method: string, request: object, given: AbortSignal) {
    const signal = AbortSignal.any([given, AbortSignal.timeout(deadlineMs)])
    try {
      const { path, body } = restRequest(METHODS.get(method)!, await routeOf(method, signal), request)
      const { data, meta } = JSON.parse(await text(await sent(path, body, signal))) as { data: Row | Row[]; meta: Meta }
      return { rows: [data].flat(), meta }
    } catch (error) {
      if (given.aborted || !signal.aborted) throw given.aborted ? given.reason : asLost(error)
      throw new K2Error('DEADLINE_EXCEEDED', `There was no answer within ${deadlineMs} ms.`)
    }
  }

  async function* open(method: string, request: object, signal: AbortSignal): AsyncGenerator<Batch> {
    const route = await routeOf(method, signal)
    const { path, body } = restRequest(METHODS.get(method)!, route, request)
    if (body === undefined) return yield* followed(new URL(path, address), headers, tls, signal)
    let rows: Row[] = []
    for await (const line of linesOf(await sent(path, body, signal), signal)) {
      const told = JSON.parse(line) as Row & { cursor?: string; meta?: Meta; error?: Refusal }
      if (told.error) throw refusal(JSON.stringify(told.error), told.error.status)
      const isEnd = told.meta !== undefined
      if (!isEnd && told.cursor === undefined) rows.push(told)
      else {
        yield { rows, cursor: told.cursor ?? '', ...(told.meta && { meta: told.meta }) }
        rows = []
      }
      if (isEnd) return
    }
    throw new K2Error('NOT_READY', 'The stream broke off.')
  }

  return clientOver({ ask, open, close() {} }, options)
}

async function* linesOf(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* createInterface(answer)
  } catch (error) {
    throw signal.aborted ? signal.reason : asLost(error)
  }
}

/** A connection that is lost while an answer comes is an error of Node's. */
const asLost = (error: unknown): unknown =>
  /^E(CONNRESET|PIPE|TIMEDOUT)$/.test((error as NodeJS.ErrnoException).code ?? '')
    ? new K2Error('NOT_READY', 'The connection was lost.', {}, error)
    : error

interface Refusal {
  readonly code: Code
  readonly detail: string
  readonly status: number
  readonly details?: Readonly<Record<string, string | number>>
}

/** What no K2 sent is judged by its status. */
function refusal(problem: string, status: number): K2Error {
  try {
    const { code, detail, details } = JSON.parse(problem) as Refusal
    if (code in CODES) return new K2Error(code, detail, details)
  } catch {}
  const code = BY_STATUS[status] ?? (status >= 500 ? 'NOT_READY' : 'INVALID_ARGUMENT')
  return new K2Error(code, `It was answered with status ${status}.`)
}

const BY_STATUS: Readonly<Record<number, Code>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'OVERLOADED',
}

/** A handshake that is refused tells its status alone. */
function closedBy(sentence: string): K2Error {
  const [, status] = /server response: (\d{3})/.exec(sentence) ?? []
  return status === undefined ? new K2Error('NOT_READY', `${sentence}.`) : refusal('', Number(status))
}

type Told = { data: Row[]; cursor: string; live: boolean; error?: Refusal } | { closed: string }

/** Messages of a WebSocket, which reads on when what came is taken. */
async function* followed(
  url: URL,
  headers: Readonly<Record<string, string>>,
  tls: NonNullable<ClientOptions['tls']>,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  url.protocol = url.protocol.replace('http', 'ws')
  const queue: Told[] = []
  let news = Promise.withResolvers<void>()
  const add = (told: Told) => {
    queue.push(told)
    news.resolve()
  }
  const socket = openSocket(
    url.href,
    {
      opened() {},
      pinged() {},
      message(bytes) {
        socket.pause()
        add(JSON.parse(Buffer.from(bytes).toString()))
      },
      closed: (closed) => add({ closed }),
    },
    { handshakeMs: DEADLINE_MS, messageBytesMax: MESSAGE_BYTES_MAX, headers, tls },
  )
  const cut = () => socket.close()
  signal.addEventListener('abort', cut)
  try {
    for (;;) {
      await news.promise
      news = Promise.withResolvers()
      for (const told of queue.splice(0)) {
        signal.throwIfAborted()
        if ('closed' in told) throw closedBy(told.closed)
        if (told.error) throw refusal(JSON.stringify(told.error), told.error.status)
        yield { rows: told.data, cursor: told.cursor, live: told.live }
      }
      socket.resume()
    }
  } finally {
    signal.removeEventListener('abort', cut)
    socket.close()
  }
}
