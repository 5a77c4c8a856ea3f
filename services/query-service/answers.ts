/** Answers: rows of DuckDB's as columns of ours, and what an answer is to both doors. */
import type { Result } from '@k2/lake/duckdb/result.ts'
import type { Hole, TopicPartition } from '@k2/lake/table.ts'
import { TIMEFRAMES } from '@k2/market/bar.ts'
import { formatDay } from '@k2/market/instant.ts'
import { cellsOf, columnOf } from './adapters/cells.ts'
import { SPECS } from './adapters/sql.ts'
import { aggregated } from './aggregated.ts'
import { averagesOf, startsOf } from './bars.ts'
import type { AnswerColumn, Cells } from './core/answer.ts'
import type { Reads } from './core/explain.ts'
import { AS_OF, BAR, BATCH_BAR, type Field, GAP, OF_TABLE, SUMMARY } from './core/fields.ts'
import type { LedgerTold } from './core/ledger.ts'
import type { DataQuestion } from './core/question.ts'

export interface SnapshotOf {
  readonly id: bigint
  readonly committedAtMs: number
}

export interface Meta {
  readonly count: number
  readonly hasMore: boolean
  /** What asks for the next page; null where there is none, or the question has no pages. */
  readonly nextCursor: string | null
  readonly complete: boolean
  readonly reasons: readonly string[]
  /** What was read of the lake; null where nothing was, or several tables were. */
  readonly snapshot: SnapshotOf | null
  /** Of several tables, those of which anything was read. */
  readonly snapshots?: readonly (SnapshotOf & { readonly table: string })[]
  readonly offsets: ReadonlyMap<TopicPartition, bigint>
  /** Of an answer from the tail alone: where it begins. */
  readonly from?: ReadonlyMap<string, bigint>
  readonly holes: readonly Hole[]
  readonly elapsedMs: number
  /** Where that went, in ms by stage; none where no data file is read. */
  readonly stages: Readonly<Record<string, number>>
  readonly gaps?: number
  /** Of trades, where a sequence-tracker is asked. */
  readonly ledger?: LedgerTold
}

export interface Answer {
  /** Its rows, as the question says that they are written. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly meta: Meta
  /** Where the question asks for it, or the answer took long. */
  readonly reads?: Reads
}

export function columnsOf(question: DataQuestion, result: Result): AnswerColumn[] {
  switch (question.kind) {
    case 'trades':
    case 'quotes':
    case 'reference': {
      const spec = new Map(SPECS[question.kind].columns.map((column) => [column.name, column]))
      return question.fields.map((name) => columnOf(result, spec.get(name)!))
    }
    case 'asof': {
      const fields = new Map(AS_OF.map((field) => [field.name, field]))
      return question.fields.map((name) => columnOf(result, fields.get(name)!))
    }
    case 'symbols':
      return OF_TABLE.map((field) => columnOf(result, field))
    case 'gaps': {
      const day = cellsOf(result, 'day')
      const date = (row: number) => (day(row) === null ? null : formatDay(Number(day(row))))
      return GAP.map((field) => (field.name === 'date' ? { field, cells: date } : columnOf(result, field)))
    }
    case 'aggregations': {
      const { fields, rows } = aggregated(question, result)
      return columnsFrom(fields, rows)
    }
    case 'ohlcv': {
      const { timeframes, calendar, isBatch } = question
      const turn = cellsOf(result, 'turn')
      const timeframe = (row: number) => timeframes[Math.abs(Number(turn(row)))]!
      const timestamp = startsOf((row) => ({ micros: TIMEFRAMES[timeframe(row)], calendar }), result)
      const made: Record<string, Cells> = { timeframe, timestamp, vwap: averagesOf(result) }
      return (isBatch ? BATCH_BAR : BAR).map((field) => columnFrom(result, field, made))
    }
    case 'summary': {
      const day = formatDay(question.day)
      const made = { date: () => day, vwap: averagesOf(result) }
      return SUMMARY.map((field) => columnFrom(result, field, made))
    }
  }
}

/** One that is made, or the statement's own: a summary's names say that they are prices. */
function columnFrom(result: Result, field: Field, made: Readonly<Record<string, Cells>>): AnswerColumn {
  const cells = made[field.name]
  if (cells !== undefined) return { field, cells }
  return { ...columnOf(result, { ...field, name: field.name.replace(/_price$/, '') }), field }
}

export type Row = readonly ReturnType<Cells>[]

/** Rows with a cell a field, in the fields' order. */
export function columnsFrom(fields: readonly Field[], rows: readonly Row[]): AnswerColumn[] {
  return fields.map((field, column) => ({ field, cells: (row) => rows[row]![column]! }))
}
