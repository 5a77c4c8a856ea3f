/** Symbols of all tables: one question to each, by venue and symbol, put together. */

import { rowsIn } from './adapters/written.ts'
import type { Answer, Meta, Row } from './answers.ts'
import { columnsFrom, columnsOf } from './answers.ts'
import { type AskPorts, ask } from './ask.ts'
import type { AnswerColumn } from './core/answer.ts'
import { joined } from './core/explain.ts'
import { LISTED } from './core/fields.ts'
import type { SymbolsQuestion } from './core/question.ts'

type Of = SymbolsQuestion['of']
const TABLES: readonly Of[] = ['trades', 'quotes', 'reference']

interface Listed {
  readonly symbol: string
  readonly exchange: string
  readonly counts: Partial<Record<Of, bigint>>
  readonly times: readonly bigint[]
}

/** Errors as `ask`. */
export async function listed(ports: AskPorts, question: SymbolsQuestion, signal: AbortSignal): Promise<Answer> {
  const startMs = performance.now()
  const asked = await Promise.all(TABLES.map((of) => answerOf(ports, { ...question, of }, signal)))
  const answers = asked.filter((answer) => answer !== undefined)
  const all = merged(answers)
  const rows = all.slice(0, question.limit).map(rowOf)
  const meta = metaOf(answers, ports)
  const reads = answers.flatMap(({ reads }) => reads ?? [])
  const hasMore = meta.hasMore || all.length > rows.length
  return {
    body: await rowsIn(question, columnsFrom(LISTED, rows), rows.length),
    meta: { ...meta, count: rows.length, hasMore, elapsedMs: performance.now() - startMs },
    ...(reads.length > 0 && { reads: joined(reads) }),
  }
}

interface OfTable {
  readonly of: Of
  readonly meta: Meta
  readonly reads: Answer['reads']
  readonly columns: readonly AnswerColumn[]
}

/** undefined: the table never had a snapshot, so that it has none of any time either. */
async function answerOf(ports: AskPorts, question: SymbolsQuestion, signal: AbortSignal): Promise<OfTable | undefined> {
  const { of, asOf } = question
  if (asOf !== undefined && (await ports.tables[of].table.head()).snapshotId === null) return undefined
  const { meta, reads, result } = await ask(ports, question, signal)
  return { of, meta, reads, columns: columnsOf(question, result!) }
}

function merged(answers: readonly OfTable[]): Listed[] {
  const found = new Map<string, Listed>()
  for (const { of, columns, meta } of answers) {
    const cells = Object.fromEntries(columns.map(({ field, cells }) => [field.name, cells]))
    for (let row = 0; row < meta.count; row++) {
      const [symbol, exchange] = [String(cells.symbol!(row)), String(cells.exchange!(row))]
      const key = `${exchange}\n${symbol}`
      const times = [cells.first_timestamp!(row), cells.last_timestamp!(row)].filter((time) => time !== null)
      const before = found.get(key)
      found.set(key, {
        symbol,
        exchange,
        counts: { ...before?.counts, [of]: BigInt(cells.records!(row) as bigint | number) },
        times: [...(before?.times ?? []), ...times.map((time) => BigInt(time as bigint | number))],
      })
    }
  }
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return [...found.values()].sort((a, b) => order(a.exchange, b.exchange) || order(a.symbol, b.symbol))
}

function rowOf({ symbol, exchange, counts, times }: Listed): Row {
  const kinds = TABLES.filter((of) => counts[of] !== undefined)
  const ends = times.toSorted((a, b) => (a < b ? -1 : 1))
  return [symbol, exchange, kinds, counts.trades ?? 0n, counts.quotes ?? 0n, ends[0] ?? null, ends.at(-1) ?? null]
}

/** Tables have topics of their own, so their offsets stand beside one another; a snapshot is of one table. */
function metaOf(answers: readonly OfTable[], { tables }: AskPorts): Meta {
  const metas = answers.map(({ meta }) => meta)
  const snapshots = answers.flatMap(({ of, meta: { snapshot } }) =>
    snapshot === null ? [] : [{ ...snapshot, table: tables[of].table.spec.name }],
  )
  const stages = metas.flatMap((meta) => Object.entries(meta.stages))
  return {
    count: 0,
    hasMore: metas.some(({ hasMore }) => hasMore),
    nextCursor: null,
    complete: metas.every(({ complete }) => complete),
    reasons: [...new Set(metas.flatMap(({ reasons }) => reasons))].sort(),
    snapshot: null,
    snapshots,
    offsets: new Map(metas.flatMap(({ offsets }) => [...offsets])),
    ...(metas.some(({ from }) => from) && { from: new Map(metas.flatMap(({ from }) => [...(from ?? [])])) }),
    holes: metas.flatMap(({ holes }) => holes),
    elapsedMs: 0,
    // They ran side by side: of each stage the longest.
    stages: Object.fromEntries(stages.toSorted(([, a], [, b]) => a - b)),
  }
}
