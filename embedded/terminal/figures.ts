/** What the view shows of each table: read from log and lake as they are now. */
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { FileReport } from '@k2/csv-loader/compose.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import type { TableFigures } from './state.ts'

export interface FigurePorts {
  readonly tables: readonly Table[]
  readonly log: Log
  readonly lagRecords: (table: string) => Promise<bigint>
  /** Questions answered, by their kind. */
  readonly answered: ReadonlyMap<string, number>
}

/** What is known of log and lake; what this process has read stands beside it. */
export type StoreFigures = Omit<TableFigures, 'read' | 'rejected'> & { readonly holes: number }

const KINDS = ['trades', 'quotes', 'reference'] as const
const ABOUT_TRADES = ['trades', 'ohlcv', 'summary', 'symbols']

export function figuresOf({ tables, log, lagRecords, answered }: FigurePorts): () => Promise<StoreFigures[]> {
  const landed = new Map<string, Pick<TableFigures, 'inLake' | 'lastCommit'> & { readonly id: bigint | null }>()

  async function landedIn(table: Table, id: bigint | null) {
    const known = landed.get(table.spec.name)
    if (known?.id === id) return known
    const snapshot = (await table.snapshots()).find((one) => one.id === id)
    const figure = (name: string) => Number(snapshot?.summary[name] ?? 0)
    const lastCommit =
      snapshot === undefined
        ? null
        : { rows: figure('added-records'), files: figure('added-data-files'), atMs: snapshot.committedAtMs }
    const now = { id, inLake: figure('total-records'), lastCommit }
    landed.set(table.spec.name, now)
    return now
  }

  return async () => {
    const of = async (kind: (typeof KINDS)[number]): Promise<StoreFigures> => {
      const topics = MARKET_TOPICS.filter((topic) => topic.kind === kind)
      const table = tables.find(({ spec }) => spec === topics[0]!.table)!
      const { snapshotId, progress } = await table.head()
      const { inLake, lastCommit } = await landedIn(table, snapshotId)
      const ranges = await log.ranges(topics.map(({ name }) => name))
      const questions = kind === 'trades' ? ABOUT_TRADES : [kind]
      return {
        kind,
        inLog: Number(ranges.reduce((sum, { from, to }) => sum + to - from, 0n)),
        waiting: Number(await lagRecords(table.spec.name)),
        inLake,
        answered: questions.reduce((sum, question) => sum + (answered.get(question) ?? 0), 0),
        lastCommit,
        holes: Number(progress.holes.reduce((sum, { from, to }) => sum + to - from, 0n)),
      }
    }
    return Promise.all(KINDS.map(of))
  }
}

type Counts = Pick<FileReport, 'kind' | 'read' | 'rejected'>

/** Adds what this process has read. */
export function withRead(stores: readonly StoreFigures[], counts: readonly Counts[]): TableFigures[] {
  return stores.map(({ holes, ...store }) => {
    const own = counts.filter(({ kind }) => kind === store.kind)
    const sum = (name: 'read' | 'rejected') => own.reduce((total, count) => total + count[name], 0)
    return { ...store, read: sum('read'), rejected: sum('rejected') + holes }
  })
}
