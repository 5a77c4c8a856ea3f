/**
 * Rows -> text, page by page, in the formats that REST has, and as a table for people.
 *
 *   shape   (format, names) -> a writer of pages; it holds no rows
 *   source  CSV: RFC 4180; a null is empty, an empty text is quoted; lists and objects are JSON
 */
import type { Cell, Row } from '@k2/client/message.ts'
import { type Proof, proofJson, proofLine } from '@k2/client/proof.ts'

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

export interface Renderer {
  /** What stands before a page's rows, and they. */
  page(rows: readonly Row[]): string
  end(proof: Proof): string
}

/** Rows hold what `names` says, in that order. `isSingle`: the answer is one row, not a list. */
export function renderer(format: Format, names: readonly string[], isSingle: boolean): Renderer {
  switch (format) {
    case 'table':
      return isSingle ? cardRenderer(names) : tableRenderer(names)
    case 'json':
      return jsonRenderer(isSingle)
    case 'ndjson':
      return { page: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''), end: () => '' }
    case 'csv':
      return csvRenderer(names)
  }
}

function jsonRenderer(isSingle: boolean): Renderer {
  let before = isSingle ? '{"data":' : '{"data":['
  return {
    page(rows) {
      if (rows.length === 0) return ''
      const text = before + rows.map((row) => JSON.stringify(row)).join(',\n')
      before = ',\n'
      return text
    },
    end: (proof) =>
      `${before === ',\n' ? '' : before}${isSingle ? '' : ']'},"meta":${JSON.stringify(proofJson(proof))}}\n`,
  }
}

function csvRenderer(names: readonly string[]): Renderer {
  let head = `${names.join(',')}\r\n`
  return {
    page(rows) {
      const lines = rows.map((row) => `${names.map((name) => csvText(row[name]!)).join(',')}\r\n`)
      const text = head + lines.join('')
      head = ''
      return text
    },
    end: () => '',
  }
}

function csvText(cell: Cell): string {
  if (cell === null) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const GAP = '  '

function tableRenderer(names: readonly string[]): Renderer {
  let widths: number[] | undefined
  let isNumber: boolean[] = []
  return {
    page(rows) {
      const cells = rows.map((row) => names.map((name) => tableText(row[name]!)))
      const isFirst = widths === undefined
      // A later page may widen a column, never narrow it, so that pages stand in line where they can.
      const before = widths ?? names.map((name) => name.length)
      const now = before.map((width, i) => cells.reduce((max, line) => Math.max(max, line[i]!.length), width))
      widths = now
      if (isFirst) isNumber = names.map((_, i) => cells.length > 0 && cells.every((line) => NUMBER.test(line[i]!)))
      const line = (texts: readonly string[]) =>
        `${texts
          .map((text, i) => (isNumber[i] ? text.padStart(now[i]!) : text.padEnd(now[i]!)))
          .join(GAP)
          .trimEnd()}\n`
      return (isFirst && rows.length > 0 ? line(names) : '') + cells.map(line).join('')
    },
    end: (proof) => `${proofLine(proof)}\n`,
  }
}

/** One row reads downwards. */
function cardRenderer(names: readonly string[]): Renderer {
  const width = Math.max(...names.map((name) => name.length))
  return {
    page: (rows) =>
      rows.flatMap((row) => names.map((name) => `${name.padEnd(width)}${GAP}${tableText(row[name]!)}\n`)).join(''),
    end: (proof) => `${proofLine(proof)}\n`,
  }
}

const ABSENT = '-'
const NUMBER = /^(-|-?\d+(\.\d+)?)$/

function tableText(cell: Cell): string {
  if (cell === null) return ABSENT
  if (Array.isArray(cell)) return cell.map(plain).join(',')
  return typeof cell === 'object' ? plain(JSON.stringify(cell)) : plain(String(cell))
}

/** What a record says must not steer the terminal. */
const plain = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (sign) => `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`)
