/**
 * Row groups by their statistics, as DuckDB's scan judges them: what no value can match is passed over. What has no
 * statistics, or other names than ours, counts as read.
 */
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { quotePath } from '@k2/lake/duckdb/sql.ts'
import type { Filter } from '@k2/lake/table.ts'
import type { Statement } from './sql.ts'

export function rowGroupsSql(filter: Filter, files: readonly string[]): Statement {
  const { symbols, exchanges, fromMicros, toMicros } = filter
  const params: Param[] = []
  const bind = (param: Param): string => `$${params.push(param)}`
  const cases: string[] = []
  const of = (column: string, test: string) => cases.push(`WHEN '${column}' THEN coalesce(${test}, true)`)
  const spans = (values: readonly string[]) =>
    `(${values
      .map(bind)
      .map((value) => `(stats_min_value <= ${value} AND stats_max_value >= ${value})`)
      .join(' OR ')})`
  if (symbols) of('symbol', spans(symbols))
  if (exchanges) of('exchange', spans(exchanges))
  const times = [
    ...(fromMicros === undefined ? [] : [`stats_max_value::TIMESTAMPTZ >= ${bind({ micros: BigInt(fromMicros) })}`]),
    ...(toMicros === undefined ? [] : [`stats_min_value::TIMESTAMPTZ < ${bind({ micros: BigInt(toMicros) })}`]),
  ]
  if (times.length > 0) of('timestamp', times.join(' AND '))
  const may = cases.length === 0 ? 'true' : `CASE path_in_schema ${cases.join(' ')} ELSE true END`
  return {
    sql: `SELECT count(*) AS "all", count(*) FILTER (may) AS "read",
      coalesce(sum(row_count) FILTER (may), 0)::BIGINT AS "rows"
      FROM (SELECT bool_and(${may}) AS may, any_value(row_group_num_rows) AS row_count
        FROM parquet_metadata([${files.map(quotePath).join(', ')}]) GROUP BY file_name, row_group_id)`,
    params,
  }
}
