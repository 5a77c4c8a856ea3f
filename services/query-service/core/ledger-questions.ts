/** Questions that the sequence-tracker answers: what the log has shown in the order of arrival, which no table can tell. */
import { formatDay } from '@k2/market/instant.ts'
import { CURSOR, EXCHANGE, FORMAT, limit, SYMBOL } from './parameter-parts.ts'
import { type Raw, read, type Written } from './question.ts'

export const LEDGER_PARAMS = {
  ...SYMBOL,
  ...EXCHANGE,
  date: { kind: 'day', doc: 'Of streams that begin again daily: their trading day; all when left out' },
  status: {
    kind: 'choices',
    choices: ['open', 'partly_filled', 'filled', 'given_up'],
    doc: 'What became of the gap; whatever did when left out',
  },
  ...limit('Gaps', 1000),
  ...CURSOR,
  ...FORMAT,
} as const

export const COVERAGE_PARAMS = {
  symbol: { kind: 'text', required: true, doc: 'Symbol' },
  exchange: { kind: 'text', required: true, doc: 'Venue, upper case' },
  date: { kind: 'day', required: true, doc: "Trading day, by the venue's own calendar" },
} as const

export interface LedgerQuestion extends Written {
  readonly kind: 'ledger'
  readonly source: 'tail'
  readonly symbols: readonly string[]
  readonly exchange: string
  /** YYYY-MM-DD, or empty. */
  readonly date: string
  readonly statuses: readonly string[]
  readonly limit: number
  readonly cursor: string
}

export interface CoverageQuestion extends Written {
  readonly kind: 'coverage'
  readonly source: 'tail'
  readonly symbol: string
  readonly exchange: string
  readonly date: string
}

export function ledgerQuestion(raw: Raw): LedgerQuestion {
  const { symbol: symbols = [], exchange = '', status: statuses = [], cursor = '', ...rest } = read(LEDGER_PARAMS, raw)
  const { date, limit, format } = rest
  const day = date === undefined ? '' : formatDay(date)
  return { kind: 'ledger', source: 'tail', symbols, exchange, date: day, statuses, limit, cursor, format }
}

export function coverageQuestion(raw: Raw): CoverageQuestion {
  const { date, ...of } = read(COVERAGE_PARAMS, raw)
  return { kind: 'coverage', source: 'tail', ...of, date: formatDay(date), format: 'json' }
}
