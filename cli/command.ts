/**
 * What a command is. A group of them is a file in groups/, and a line in commands.ts: the command line, the help and
 * the completion are made from these tables.
 */
import type { RpcClient } from '@k2/service/rpc-client.ts'
import type { Flag, Given } from './arguments.ts'
import type { Format } from './render.ts'

/** The exit code of a command that a signal, or Ctrl-C, cut short. */
export const INTERRUPTED = 130

export interface Command {
  /** As it is typed; it may be of two words. */
  readonly name: string
  readonly doc: string
  readonly flags: readonly Flag[]
  /** Flags whose values may stand without their names, in this order; a list takes all that is left. */
  readonly positionals: readonly string[]
  readonly examples: readonly string[]
  /** It resolves when all is written, with an exit code where that is not 0. */
  run(given: Given, shell: Shell): Promise<number> | Promise<void>
}

export interface Group {
  readonly name: string
  readonly commands: () => readonly Command[]
}

/** What a command has to work with. */
export interface Shell {
  readonly groups: readonly Group[]
  readonly format: Format
  readonly signal: AbortSignal
  /** Resolves when the reader has taken it; rejects when there is none any more. */
  readonly write: (text: string) => Promise<void>
  /** For people, beside the answer: standard error. */
  readonly tell: (line: string) => void
  readonly client: <Definition>(protos: string, service: string) => RpcClient<Definition>
}

/** A command of a family, as a line of its table. */
export type Line<Work> = readonly [
  name: string,
  doc: string,
  flags: readonly Flag[],
  examples: readonly string[],
  work: Work,
]

interface Family<Work> {
  readonly name: string
  /** In front of each one's own. */
  readonly flags: readonly Flag[]
  readonly positionals?: readonly string[]
  /** Behind each one's own. */
  readonly lastFlags?: readonly Flag[]
  readonly perform: (work: Work, given: Given, shell: Shell, name: string) => Promise<number> | Promise<void>
}

export const commandsOf =
  <Work>(lines: readonly Line<Work>[], family: Family<Work>) =>
  (): Command[] =>
    lines.map(([name, doc, flags, examples, work]) => ({
      name: `${family.name} ${name}`,
      doc,
      flags: [...family.flags, ...flags, ...(family.lastFlags ?? [])],
      positionals: family.positionals ?? [],
      examples,
      run: (given, shell) => family.perform(work, given, shell, name),
    }))
