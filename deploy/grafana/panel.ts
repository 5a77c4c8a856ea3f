/**
 * What a dashboard says, as values: what is asked, in which unit it is shown, and from where on it is bad. draw.ts turns it
 * into Grafana's JSON.
 */

/** A line of PromQL; in its legend {{label}} stands for a label's value. */
export interface Ask {
  readonly promql: string
  readonly legend: string
}

/** A question to query-service over REST, by the Infinity datasource: columns of `data`. */
export interface RestAsk {
  readonly path: string
  readonly columns: readonly {
    readonly field: string
    readonly title: string
    readonly type: 'timestamp' | 'number' | 'string'
  }[]
}

/** Grafana's names of units. */
export type Unit = 'short' | 's' | 'bytes' | 'Bps' | 'reqps' | 'rowsps' | 'percentunit' | 'dateTimeFromNow' | 'none'

export interface Panel {
  readonly title: string
  /** What it tells, and what to make of it. */
  readonly help: string
  readonly unit: Unit
  /** lines by default. */
  readonly show?: 'lines' | 'bars' | 'points' | 'number' | 'table'
  readonly ask: readonly Ask[] | RestAsk
  /** From here on it is yellow, red; where `isLowBad`, below. */
  readonly warn?: number
  readonly bad?: number
  readonly isLowBad?: true
  /** A word for a value. */
  readonly words?: Readonly<Record<number, string>>
  /** A column made of two others. */
  readonly difference?: { readonly title: string; readonly of: string; readonly less: string }
  /** Of 24; 8 by default, a number 4. */
  readonly width?: number
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly help: string
  readonly refresh: '5s' | '10s' | '30s'
  /** How far back. */
  readonly from: string
  /** exchange: a filter of all panels that have the label; instrument: one exchange, one symbol. */
  readonly chosenBy?: 'exchange' | 'instrument'
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[]
}

export const ask = (promql: string, legend = ''): Ask => ({ promql, legend })

/** Each label matcher that a dashboard with the variable exchange puts into its questions. */
export const OF_EXCHANGE = 'exchange=~"$exchange"'

/** The p-th percentile of a histogram, by labels. */
export const percentile = (p: number, histogram: string, by: readonly string[], where = ''): string =>
  `histogram_quantile(${p}, sum by (${['le', ...by].join(', ')}) (rate(${histogram}_bucket{${where}}[$__rate_interval])))`

/** A counter's rise a second, by labels. */
export const rate = (counter: string, by: readonly string[], where = ''): string =>
  `sum by (${by.join(', ')}) (rate(${counter}{${where}}[$__rate_interval]))`
