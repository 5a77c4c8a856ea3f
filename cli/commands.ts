/** Every group of commands there is. */
import type { Group } from './command.ts'
import { demo } from './groups/demo.ts'
import { dlq } from './groups/dlq.ts'
import { keys } from './groups/keys.ts'
import { lake } from './groups/lake.ts'
import { questions } from './groups/questions.ts'
import { sequence } from './groups/sequence.ts'
import { shell } from './groups/shell.ts'
import { streams } from './groups/streams.ts'
import { topics } from './groups/topics.ts'

export const GROUPS: readonly Group[] = [questions, streams, sequence, lake, dlq, topics, keys, demo, shell]
