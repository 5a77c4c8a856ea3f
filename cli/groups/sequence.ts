/** The questions of sequence.proto. `npm start` answers them at its one address; a tracker of its own is at port 50052. */
import type { Group } from '../command.ts'
import { type Question, questionCommands } from '../question.ts'

// biome-ignore format: a table reads by its columns
const QUESTIONS: readonly Question[] = [
  { name: 'sequence positions', method: 'ListPositions',     positionals: ['symbol'],
    shown: ['symbol', 'exchange', 'date', 'first_sequence', 'last_sequence', 'missing', 'last_timestamp'],
    examples: ['k2 sequence positions KTA --limit 5', 'k2 sequence positions --address 127.0.0.1:50052'] },
  { name: 'sequence gaps',      method: 'ListSequenceGaps',  positionals: ['symbol'],
    shown: ['symbol', 'exchange', 'date', 'from_sequence', 'to_sequence', 'status', 'missing', 'timestamp'],
    examples: ['k2 sequence gaps', 'k2 sequence gaps KTA --exchange ASX --statuses open,partly_filled'] },
  { name: 'sequence events',    method: 'ListSequenceEvents', positionals: ['symbol'],
    shown: ['kind', 'symbol', 'exchange', 'date', 'from_sequence', 'to_sequence', 'timestamp'],
    examples: ['k2 sequence events --kinds duplicate,late'] },
  { name: 'sequence coverage',  method: 'GetCoverage',       positionals: ['symbol', 'exchange', 'date'],
    examples: ['k2 sequence coverage KTA ASX 2014-03-10'] },
]

export const sequence: Group = {
  name: 'Numbers',
  commands: () => questionCommands('k2/v1/sequence.proto', 'k2.v1.SequenceService', QUESTIONS),
}
