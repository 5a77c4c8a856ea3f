/** Rows of an answer without a proof, written in the format that was asked for. */

import type { Row } from '@k2/client/message.ts'
import type { Shell } from './command.ts'
import { renderer } from './render.ts'

export type { Row } from '@k2/client/message.ts'

/** @param shown what a table shows of them; the other formats have all */
export async function writeRows(
  { format, write }: Shell,
  rows: readonly Row[],
  shown?: readonly string[],
): Promise<void> {
  if (format === 'json') return await write(`${JSON.stringify(rows)}\n`)
  const names = (format === 'table' ? shown : undefined) ?? Object.keys(rows[0] ?? {})
  await write(renderer(format, names, false).page(rows))
}

/** One thing, which a table shows downwards. */
export async function writeOne({ format, write }: Shell, row: Row): Promise<void> {
  if (format === 'json') return await write(`${JSON.stringify(row)}\n`)
  await write(renderer(format, Object.keys(row), true).page([row]))
}
