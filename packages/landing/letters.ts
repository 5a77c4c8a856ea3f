/**
 * The dead letters of a topic, as the log holds them, and how each one stands: by its hole in the table.
 *
 *   errors  those of the log; a topic of letters that is not there has none
 */
import { hash } from 'node:crypto'
import { codeOf } from '@k2/contracts/codes.ts'
import {
  type Acceptance,
  decodeLetter,
  type FeedLetter,
  type FileLetter,
  type LogLetter,
  letterKey,
  RAW_BYTES_MAX,
  type StoredLetter,
} from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import { type Progress, topicPartition } from '@k2/lake/table.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'
import { countOf, cutTo, type Place, placeOf, placeText, rejectedWithin, without } from './places.ts'

/** A letter without what it is about: of that a digest, so that many of them take little. */
export interface Note {
  readonly letter: Omit<FileLetter, 'raw'> | Omit<FeedLetter, 'raw'> | Omit<LogLetter, 'raw'>
  /** When it was first written. */
  readonly timeMs: number
  readonly digest: string | null
  readonly rawBytes: number | null
}

export interface Letters {
  /** By key, each place once. */
  readonly notes: ReadonlyMap<string, Note>
  readonly acceptances: readonly Acceptance[]
}

export type State = 'open' | 'struck off' | 'accepted' | 'undecided' | 'of a file' | 'of a feed'

/** A letter and how it stands, or holes that have none. */
export interface Entry {
  readonly topic: string
  readonly place: string
  readonly code: string
  readonly state: State
  readonly records: bigint
  readonly reason: string
  readonly timeMs: number | null
}

export async function* storedLetters(
  log: Log,
  source: string,
): AsyncGenerator<{ readonly letter: StoredLetter; readonly timeMs: number }> {
  for (const range of await rangesOf(log, deadLetterTopic(source))) {
    for await (const batch of log.readRange(range)) {
      for (let i = 0; i < batch.count; i++) {
        const value = sliceAt(batch.values, i)
        const letter = value === null ? undefined : decodeLetter(value)
        if (letter !== undefined) yield { letter, timeMs: batch.timesMs[i]! }
      }
    }
  }
}

async function rangesOf(log: Log, topic: string): Promise<OffsetRange[]> {
  try {
    return await log.ranges([topic])
  } catch (error) {
    if (codeOf(error) === 'UNKNOWN_TOPIC') return []
    throw error
  }
}

export async function readLetters(log: Log, source: string): Promise<Letters> {
  const notes = new Map<string, Note>()
  const acceptances: Acceptance[] = []
  for await (const { letter, timeMs } of storedLetters(log, source)) {
    if (letter.origin === 'accepted') {
      acceptances.push(letter)
      continue
    }
    const { raw, rawBytes, ...rest } = letter
    const key = letterKey(letter)
    const digest = raw === null ? null : digestOf(raw)
    notes.set(key, { letter: rest, timeMs: notes.get(key)?.timeMs ?? timeMs, digest, rawBytes })
  }
  return { notes, acceptances }
}

/** Of as much of a record as a letter keeps. */
export const digestOf = (raw: Uint8Array): string => hash('sha1', raw.subarray(0, RAW_BYTES_MAX))

/** What there is of a topic: its letters, and its holes that have none any more. */
export function entriesOf(topic: string, { notes, acceptances }: Letters, progress: Progress): Entry[] {
  const open = rejectedWithin(progress.holes, { topic })
  const lettered: OffsetRange[] = []
  const entries = [...notes.values()].map(({ letter, timeMs }): Entry => {
    const common = { topic, code: letter.code, reason: letter.reason, timeMs, records: 1n }
    if (letter.origin === 'file') return { ...common, place: `${letter.file}:${letter.line}`, state: 'of a file' }
    if (letter.origin === 'feed') return { ...common, place: `${letter.feed}#${letter.digest}`, state: 'of a feed' }
    const { partition, offset } = letter
    const at = { topic, partition, from: offset, to: offset + 1n }
    lettered.push(at)
    return { ...common, place: placeText(at), state: stateOf(at, open, acceptances, progress) }
  })
  const reason = 'its letter is not there any more'
  const others = open
    .flatMap((hole) => without(hole, lettered))
    .map(
      (hole): Entry => ({
        topic,
        place: placeText(hole),
        code: '',
        state: 'open',
        records: countOf([hole]),
        reason,
        timeMs: null,
      }),
    )
  return [...entries, ...others]
}

/** Letters of files and feeds lie in no partition: they are in places that name their topic alone. */
export function isAt({ topic, place, state }: Entry, wanted: Place | undefined): boolean {
  if (wanted === undefined || (wanted.topic === topic && wanted.partition === undefined)) return true
  const at = state === 'of a file' || state === 'of a feed' ? undefined : placeOf(place)
  return at !== undefined && cutTo(at as OffsetRange, wanted) !== undefined
}

function stateOf(
  at: OffsetRange,
  open: readonly OffsetRange[],
  acceptances: readonly Acceptance[],
  { offsets }: Progress,
): State {
  const isIn = ({ partition, from, to }: OffsetRange | Acceptance) =>
    partition === at.partition && from <= at.from && at.from < to
  if (open.some(isIn)) return 'open'
  // Written before a commit that has not come yet.
  if (at.from >= (offsets.get(topicPartition(at.topic, at.partition)) ?? 0n)) return 'undecided'
  return acceptances.some(isIn) ? 'accepted' : 'struck off'
}
