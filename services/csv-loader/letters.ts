/** The rejected rows of one file: letters that wait to be sent, what people are told of them, and their counts. */
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import type { NewRecord } from '@k2/log/log.ts'
import type { FileToLoad, Measured, Rejection, Settings } from './compose.ts'
import type { RowFault } from './core/asx.ts'
import type { Line } from './core/lines.ts'

/** Of a file, kept for its report; the dead-letter topic has all. */
export const REJECTIONS_KEPT = 20
/** A letter may hold 64 KiB of its line. */
const LETTERS_MAX = 200

export function letterBox({ log, metrics, rejected }: Measured, { topic }: Settings, file: FileToLoad, digest: string) {
  const rejections: Rejection[] = []
  let letters: NewRecord[] = []
  let faults: RowFault['code'][] = []
  return {
    rejections,
    get count(): number {
      return letters.length
    },
    isFull: () => letters.length >= LETTERS_MAX,
    add({ number, raw }: Line, { code, reason }: RowFault): void {
      const letter = { origin: 'file', file: file.path, digest, line: number, code, reason, raw } as const
      letters.push({ key: letterKey(letter), value: encodeLetter(letter) })
      faults.push(code)
      if (rejections.length < REJECTIONS_KEPT) rejections.push({ line: number, reason })
      rejected?.({ path: file.path, line: number, reason, row: raw })
    },
    async send(): Promise<void> {
      if (letters.length === 0) return
      await log.append(deadLetterTopic(topic.name), letters)
      for (const code of faults) metrics.rejected(code).add()
      letters = []
      faults = []
    },
  }
}
