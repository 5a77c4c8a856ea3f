/** A client that asks on and on while a life lasts, and keeps what it was told. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonical } from '../oracle/trade.ts'
import type { Life } from './embedded.ts'

export interface Meta {
  readonly count: number
  readonly has_more: boolean
  readonly complete: boolean
  readonly reasons: readonly string[]
  readonly snapshot: { readonly id: string } | null
  readonly offsets: Readonly<Record<string, string>>
  readonly rejected: readonly { readonly partition: number; readonly from: string; readonly to: string }[]
}

export interface Answer {
  /** Which life of the process gave it; a symbol has one client, which asks again when it has been answered. */
  readonly life: number
  readonly symbol: string
  /** Each row in the canonical text of oracle/trade.ts. */
  readonly rows: readonly string[]
  readonly meta: Meta
}

const PAUSE_MS = 5
const ANSWER_MS = 20_000
/** Between a connection that breaks and the news that the process is dead. */
const DEATH_MS = 15_000

/** One client a symbol, each asking until the process is gone. */
export async function poll(life: Life, number: number, symbols: readonly string[], texts: Map<string, string>) {
  const url = await life.url
  if (url === undefined) return []
  const answers = await Promise.all(symbols.map((symbol) => client(url, life, number, symbol, texts)))
  return answers.flat()
}

async function client(url: string, life: Life, number: number, symbol: string, texts: Map<string, string>) {
  const answers: Answer[] = []
  while (!life.hasEnded()) {
    const answered = await ask(url, symbol, life)
    if (answered === undefined) break
    if (answered.status === 200) answers.push({ life: number, symbol, ...kept(answered.body, texts) })
    // Starting and stopping it says so; any other refusal is a fault.
    else assert.equal(answered.status, 503, `GET /v1/trades: ${answered.body}\n${life.log().slice(-4_000)}`)
    await sleep(PAUSE_MS)
  }
  return answers
}

/** The same rows come in answer after answer: one text each is enough. */
function kept(body: string, texts: Map<string, string>): Pick<Answer, 'rows' | 'meta'> {
  const { data, meta } = JSON.parse(body) as { data: object[]; meta: Meta }
  const rows = data.map((row) => {
    const text = canonical(row)
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  })
  return { rows, meta }
}

/** undefined: the process died meanwhile. */
async function ask(url: string, symbol: string, life: Life) {
  try {
    return await getTrades(url, `symbol=${symbol}&limit=10000&order=asc`)
  } catch (error) {
    await Promise.race([life.ended, sleep(DEATH_MS, undefined, { ref: false })])
    if (life.hasEnded()) return undefined
    throw error
  }
}

export async function getTrades(url: string, query: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/v1/trades?${query}`, { signal: AbortSignal.timeout(ANSWER_MS) })
  return { status: response.status, body: await response.text() }
}
