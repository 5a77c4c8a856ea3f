/** Every group of commands there is. */
import type { Group } from './command.ts'
import { lake } from './groups/lake.ts'
import { questions } from './groups/questions.ts'
import { shell } from './groups/shell.ts'

export const GROUPS: readonly Group[] = [questions, lake, shell]
