/** Those who follow the log: over gRPC or a WebSocket, through as many connections as the test likes, by cursors. */
import { once } from 'node:events'
import WebSocket from 'ws'
import type { Asking } from './asking.ts'

export interface Taken {
  readonly ids: readonly string[]
  readonly cursor: string
  readonly live: boolean
  readonly reasons: readonly string[]
  readonly lag: bigint
}

/** By REST's names. */
export type Question = Readonly<Record<string, string | number | undefined>>
export type Open = (world: Asking, question: Question, signal: AbortSignal) => AsyncGenerator<Taken, void>

export async function* overGrpc(world: Asking, question: Question, signal: AbortSignal): AsyncGenerator<Taken, void> {
  const {
    symbol,
    start_time: startTime,
    batch_records: batchRecords,
    exclude_trade_conditions: excluded,
    ...rest
  } = question
  const request = {
    ...rest,
    ...(symbol && { symbols: String(symbol).split(',') }),
    ...(startTime && { startTime: String(startTime) }),
    ...(batchRecords && { batchRecords: Number(batchRecords) }),
    ...(excluded && { excludeTradeConditions: String(excluded).split(',') }),
  }
  for await (const { trades, quotes, cursor, live, reasons, lagRecords } of world.rpc.stream('Follow', request, {
    signal,
  }))
    yield {
      ids: [...trades, ...quotes].map(({ messageId }) => messageId),
      cursor,
      live,
      reasons,
      lag: BigInt(lagRecords),
    }
}

interface Message {
  readonly data: { readonly message_id: string }[]
  readonly cursor: string
  readonly live: boolean
  readonly reasons: string[]
  readonly lag_records?: string
  readonly error?: { readonly code: string; readonly details: Record<string, string> }
}

export function connect(world: Asking, question: Question): WebSocket {
  const given = Object.entries(question).filter(([, value]) => value !== undefined && value !== '')
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return new WebSocket(`${world.url.replace(/^http/, 'ws')}/v1/stream?${query}`)
}

export async function* overSocket(world: Asking, question: Question, signal: AbortSignal): AsyncGenerator<Taken, void> {
  const socket = connect(world, question)
  const messages: Message[] = []
  let [news, isOver] = [Promise.withResolvers<void>(), false]
  socket.on('message', (text) => {
    messages.push(JSON.parse(String(text)))
    // What is not taken yet stays with the server.
    socket.pause()
    news.resolve()
  })
  socket.on('close', () => {
    isOver = true
    news.resolve()
  })
  const cut = () => socket.terminate()
  signal.addEventListener('abort', cut)
  try {
    await once(socket, 'open')
    for (;;) {
      await news.promise
      news = Promise.withResolvers()
      for (const { data, cursor, live, reasons, lag_records: lag = '0', error } of messages.splice(0)) {
        if (error) throw Object.assign(new Error(error.code), error)
        yield { ids: data.map(({ message_id: id }) => id), cursor, live, reasons, lag: BigInt(lag) }
      }
      if (isOver) return
      socket.resume()
    }
  } finally {
    signal.removeEventListener('abort', cut)
    socket.terminate()
  }
}

export interface Followed {
  readonly ids: readonly string[]
  /** How many came before the first that came live. */
  readonly liveFrom: number
  readonly connections: number
}

/**
 * Until it `isDone`, over connections that end at random, in the midst of what they have sent: what was not taken does
 * not count.
 */
export async function followed(
  open: Open,
  world: Asking,
  question: Question,
  random: () => number,
  isDone: (ids: readonly string[], last: Taken) => boolean,
  signal: AbortSignal,
): Promise<Followed> {
  const ids: string[] = []
  let [cursor, liveFrom, connections] = ['', -1, 0]
  for (;;) {
    connections++
    let left = 1 + Math.floor(random() * 12)
    for await (const taken of open(world, { ...question, ...(cursor && { cursor }) }, signal)) {
      if (taken.live && liveFrom < 0) liveFrom = ids.length
      ids.push(...taken.ids)
      cursor = taken.cursor
      if (isDone(ids, taken)) return { ids, liveFrom, connections }
      if (--left === 0) break
    }
    signal.throwIfAborted()
  }
}
