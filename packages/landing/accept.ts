/**
 * Gives rejected records up: their holes are struck off with nothing in their place. Who did so, and why, is in the
 * commit's summary, and beside the letters, for a snapshot expires; the table itself keeps what was given up.
 *
 *   errors  NOT_FOUND where there is no such hole, LAKE_CONFLICT, those of table and log
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import type { Hole } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import { noteOf, sendNote } from './history.ts'
import { placeText } from './places.ts'
import { type StrikePorts, strike } from './strike.ts'

export interface AcceptPorts extends StrikePorts {
  readonly log: Log
  /** For people. */
  readonly tell: (sentence: string) => void
}

/** @param holes as the person saw them, whole or in part */
export async function accept(
  ports: AcceptPorts,
  holes: readonly Hole[],
  { who, why }: { readonly who: string; readonly why: string },
  signal: AbortSignal,
): Promise<void> {
  const { table, log, tell } = ports
  const said = { 'k2.accepted': holes.map(placeText).join(' '), 'k2.accepted-by': who, 'k2.accepted-because': why }
  const outcome = await strike(ports, await table.head(), { struck: holes, files: [], said, isLost: true }, signal)
  if (outcome.kind === 'changed') {
    const sentence =
      'Some of these records are open no longer: somebody else was first. Nothing was struck off; list them again.'
    throw new K2Error('LAKE_CONFLICT', sentence, { table: table.spec.name })
  }
  try {
    await sendNote(log, noteOf(table.spec.name, outcome.head))
    for (const { topic, partition, from, to } of holes) {
      const letter = { origin: 'accepted', topic, partition, from, to, who, why } as const
      await log.append(deadLetterTopic(topic), [{ key: letterKey(letter), value: encodeLetter(letter) }])
    }
  } catch (error) {
    if (!(error instanceof K2Error)) throw error
    tell(`They are struck off, and only the commit's summary says by whom: the log could not be told. ${error.message}`)
  }
}
