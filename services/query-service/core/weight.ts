/**
 * Which questions are refused at which level of degradation: those that cost most, first. What they ask for is there still,
 * and is answered when the pressure is over.
 *
 *   shape   (question, level) -> nothing, or K2Error OVERLOADED with the seconds after which to ask again; pure
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type Level, levelName } from '@k2/contracts/degradation.ts'
import type { Question } from './question.ts'
import type { StreamQuestion } from './streams.ts'

/** A level is left after half a minute of calm at the soonest. */
const RETRY_SECONDS = 30

/** Rows of an answer, by level. */
const LIMITS: readonly number[] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 5_000, 1_000, 100]

/** They read all records of their range, whatever they answer. */
const HEAVY: readonly Question['kind'][] = ['aggregations', 'asof', 'gaps', 'symbols']

export function checkWeight(question: Question, level: Level): void {
  const limit = LIMITS[level]!
  // A list of symbols has no size to ask for less of.
  if ('limit' in question && question.kind !== 'symbols' && question.limit > limit)
    throw refused(level, `answers have at most ${limit} rows`)
  if (level >= 3 && HEAVY.includes(question.kind))
    throw refused(level, 'aggregations, as-of joins, gaps and lists of symbols are not answered')
  if (level >= 4 && 'filter' in question && question.filter.symbols === undefined)
    throw refused(level, 'only questions that name their symbols are answered')
}

/** One that goes on is at the end of the log, and costs little. */
export function checkStream({ stream }: Pick<StreamQuestion, 'stream'>, level: Level): void {
  if (level >= 3 && stream === 'replay') throw refused(level, 'no replay begins')
}

function refused(level: Level, what: string): K2Error {
  const sentence = `The platform is under pressure (${levelName(level)}): ${what}. Ask for less, or again later; /v1/degradation tells how things stand.`
  return new K2Error('OVERLOADED', sentence, { level, retryAfterSeconds: RETRY_SECONDS })
}
