/** Values that a question binds: each is of the one type that its shape says, never of one that DuckDB guesses. */
import {
  BIGINT,
  BOOLEAN,
  DECIMAL,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'

/** bigint and (whole) number are BIGINT, micros TIMESTAMPTZ, unscaled DECIMAL(18,8), an array VARCHAR[]. */
export type Param =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly string[]
  | { readonly micros: bigint }
  | { readonly unscaled: bigint }

/** @throws RangeError for a number that is not whole, or too large to be exact */
export function bind(params: readonly Param[]): [values: DuckDBValue[], types: DuckDBType[]] {
  const bound = params.map(bindOne)
  return [bound.map(([value]) => value), bound.map(([, type]) => type)]
}

function bindOne(param: Param): [DuckDBValue, DuckDBType] {
  if (param === null) return [null, SQLNULL]
  switch (typeof param) {
    case 'string':
      return [param, VARCHAR]
    case 'boolean':
      return [param, BOOLEAN]
    case 'bigint':
      return [param, BIGINT]
    case 'number':
      if (!Number.isSafeInteger(param)) throw new RangeError(`parameter ${param} is not a whole number`)
      return [BigInt(param), BIGINT]
  }
  if ('micros' in param) return [new DuckDBTimestampTZValue(param.micros), TIMESTAMPTZ]
  if ('unscaled' in param) return [new DuckDBDecimalValue(param.unscaled, 18, 8), DECIMAL(18, 8)]
  return [listValue(param), LIST(VARCHAR)]
}
