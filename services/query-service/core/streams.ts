/** The questions that are answered by a stream, without an end or a limit: their doors, parameters, and how they are read. */
import { SCALE } from '@k2/market/decimal.ts'
import { QUOTE, TRADE } from './fields.ts'
import { FOLLOW_PARAMS, REPLAY_PARAMS } from './parameters.ts'
import { invalid, type Params, type Values } from './params.ts'
import { type Common, names, type Raw, type RecordsQuestion, read, records } from './question.ts'

export interface StreamQuestion extends RecordsQuestion {
  readonly stream: 'replay' | 'follow'
  /** Times real time; as fast as may be where it is absent. */
  readonly speed?: number
  /** In a message, at most. */
  readonly batchRows: number
}

export interface StreamDefinition {
  readonly path: string
  /** A GET is a WebSocket. */
  readonly method: 'GET' | 'POST'
  readonly rpc: string
  readonly doc: string
  readonly params: Params
  readonly read: (raw: Raw, nowMicros: number) => StreamQuestion
}

// biome-ignore format: a table reads by its columns
export const STREAMS: readonly StreamDefinition[] = [
  { path: '/v1/replay', method: 'POST', rpc: 'Replay', params: REPLAY_PARAMS, read: replayQuestion,
    doc: 'Trades or quotes of a range in order of time, at any speed. Each cursor goes on behind its message, over the same records.' },
  { path: '/v1/stream', method: 'GET',  rpc: 'Follow', params: FOLLOW_PARAMS, read: followQuestion,
    doc: 'Trades or quotes from a moment on, then as they arrive: each once, without a seam, by cursors across connections too.' },
]

/** Of event time a microsecond takes a second, or a second a microsecond. */
const SPEED_MAX = 1_000_000

function replayQuestion(raw: Raw, nowMicros: number): StreamQuestion {
  const { speed: asked, ...values } = read(REPLAY_PARAMS, raw)
  const speed = asked === undefined ? undefined : Number(asked) / 10 ** SCALE
  if (speed !== undefined && !(speed > 0 && speed <= SPEED_MAX))
    throw invalid([{ name: 'speed', reason: `is more than 0 and at most ${SPEED_MAX}` }])
  const records = recordsOf('replay', values, nowMicros)
  return { ...records, stream: 'replay', ...(speed !== undefined && { speed }) }
}

function followQuestion(raw: Raw, nowMicros: number): StreamQuestion {
  return { ...recordsOf('follow', read(FOLLOW_PARAMS, raw), nowMicros), stream: 'follow' }
}

type Given = Values<typeof FOLLOW_PARAMS> & Partial<Values<typeof REPLAY_PARAMS>>

type Streamed = RecordsQuestion & Pick<StreamQuestion, 'batchRows'>

function recordsOf(
  stream: StreamQuestion['stream'],
  { table, arrow, batch_records: batchRows, ...given }: Given,
  nowMicros: number,
): Streamed {
  const row = names(table === 'trades' ? TRADE : QUOTE)
  const values: Common = {
    ...given,
    limit: batchRows,
    order: 'asc',
    format: arrow ? 'arrow' : 'ndjson',
    explain: false,
  }
  const foreign = given.fields?.filter((name) => !row.includes(name)) ?? []
  const faults =
    foreign.length === 0 ? [] : [{ name: 'fields', reason: `names ${foreign}, which ${table} do not have` }]
  const ofTrades = [
    'side',
    'min_price',
    'max_price',
    'min_quantity',
    'max_quantity',
    'trade_conditions',
    'exclude_trade_conditions',
  ] as const
  if (table === 'quotes')
    for (const name of ofTrades)
      if (given[name] !== undefined) faults.push({ name, reason: 'is of trades, not of quotes' })
  if (faults.length > 0) throw invalid(faults)
  return { ...records(table, values, row, nowMicros, `${stream} ${table}`), batchRows }
}
