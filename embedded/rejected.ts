/** `--rejected FILE`: each rejected row of a run, as a line of JSON. What was rejected in other runs is in the dead-letter topics. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { K2Error } from '@k2/contracts/codes.ts'
import type { RejectedRow } from '@k2/csv-loader/compose.ts'

export interface RejectedFile {
  add(row: RejectedRow): void
  close(): void
}

/** Errors: INVALID_ARGUMENT where it cannot be written. What the file held before is replaced. */
export function rejectedFile(path: string): RejectedFile {
  const fd = opened(path)
  return {
    add: ({ path: file, line, reason, row }) =>
      void writeSync(fd, `${JSON.stringify({ file, line, reason, row: Buffer.from(row).toString() })}\n`),
    close: () => closeSync(fd),
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause
    throw new K2Error('INVALID_ARGUMENT', `--rejected cannot be written: ${why}`, {}, cause)
  }
}
