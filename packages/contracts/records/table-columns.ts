/** HOT PATH (`npm run bench -- sink`, "decode"). A table's columns while they grow, and the batch that they become. */
import type { ColumnBatch, ColumnData } from '../columns.ts'
import type { Column, TableSpec } from '../tables.ts'
import { Booleans, Int32s, Int64s, Uuids } from './fixed-width.ts'
import { Spans } from './spans.ts'

export type AnyColumn = Int64s | Int32s | Booleans | Uuids | Spans

function columnOf({ type }: Column, index: number): AnyColumn {
  switch (type) {
    case 'string':
    case 'list<string>':
      return new Spans()
    case 'uuid':
      return new Uuids(index)
    case 'boolean':
      return new Booleans()
    case 'int':
      return new Int32s()
    default:
      return new Int64s(index)
  }
}

export class TableColumns {
  /** In the order of the table; a column's number is its place here. */
  readonly all: readonly AnyColumn[]
  /** Rows that there is room for: a typed array drops what is written behind its end. */
  capacity = 0
  private readonly spec: TableSpec

  constructor(spec: TableSpec) {
    this.spec = spec
    this.all = spec.columns.map(columnOf)
  }

  named<C extends AnyColumn>(name: string, type: abstract new (...args: never[]) => C): C {
    const column = this.all[this.spec.columns.findIndex((one) => one.name === name)]
    if (!(column instanceof type)) throw new Error(`${this.spec.name} has no ${type.name} of the name ${name}`)
    return column
  }

  /** Room for so many rows. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return
    this.capacity = Math.max(rows, this.capacity * 2)
    for (const column of this.all) column.reserve(this.capacity)
  }

  finish(rows: number): ColumnBatch {
    const columns = new Map<string, ColumnData>()
    this.spec.columns.forEach((column, i) => {
      columns.set(column.name, finished(column, this.all[i]!, rows))
    })
    return { rows, columns }
  }
}

function finished({ name, type }: Column, column: AnyColumn, rows: number): ColumnData {
  if (!(column instanceof Spans)) return column.finish(rows)
  if (type === 'list<string>') return column.finishLists(rows)
  return name === 'vendor_data' ? column.finishMaps(rows) : column.finishTexts(rows)
}
