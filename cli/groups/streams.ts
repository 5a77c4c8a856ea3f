/** The streams of query.proto. */
import type { Group } from '../command.ts'
import { type StreamCommand, streamCommands } from '../stream.ts'

// biome-ignore format: a table reads by its columns
const STREAMS: readonly StreamCommand[] = [
  { name: 'replay', method: 'Replay', positionals: ['symbol'],
    examples: ['k2 replay KTA,KTB --start-time 2014-03-10T00:00:00Z --speed 60', 'k2 replay --table quotes --format csv > quotes.csv', 'k2 replay KTA --source lake --fields timestamp,price'] },
  { name: 'follow', method: 'Follow', positionals: ['symbol'],
    examples: ['k2 follow KTA', 'k2 follow KTA,KTB --start-time 2014-03-10T00:00:00Z --format ndjson', 'k2 follow --table quotes --exchanges ASX'] },
]

export const streams: Group = {
  name: 'Streams',
  commands: () => streamCommands('k2/v1/query.proto', 'k2.v1.QueryService', STREAMS),
}
