/** Help, made from the tables of commands. */
import type { Flag } from './arguments.ts'
import type { Command, Group } from './command.ts'
import { COMMON_FLAGS } from './flags.ts'

const WIDTH = 110

export function helpOfAll(groups: readonly Group[]): string {
  const parts = groups.map(({ name, commands }) => {
    const rows = commands().map((command): [string, string] => [usageOf(command), command.doc])
    return `\n${name}\n${columns(rows)}`
  })
  return `k2: questions to a running K2, with exact answers and their proof.\n${parts.join('')}
Every command
${columns(COMMON_FLAGS.map(flagRow))}
k2 COMMAND --help has its flags and examples. Exit codes: 0 done, 1 the answer is an error, 2 asked wrongly, 3 K2 cannot be reached,
130 cut short by a signal.
`
}

export function helpOf(command: Command): string {
  const flags = [...command.flags, ...COMMON_FLAGS]
  const examples = command.examples.map((example) => `  ${example}\n`).join('')
  return `${usageOf(command)} [FLAG…]\n\n${wrapped(command.doc, 0)}\n${columns(flags.map(flagRow))}\nExamples\n${examples}`
}

function usageOf({ name, flags, positionals }: Command): string {
  const places = positionals.map((place) => {
    const isList = flags.find((flag) => flag.name === place)?.isList
    return ` ${upper(place)}${isList ? '…' : ''}`
  })
  return `k2 ${name}${places.join('')}`
}

function flagRow(flag: Flag): [string, string] {
  const others = (flag.aliases ?? []).map((alias) => `, ${alias.length === 1 ? '-' : '--'}${alias}`)
  return [`--${flag.name}${valueText(flag)}${flag.isList ? ',…' : ''}${others.join('')}`, flag.doc]
}

function valueText(flag: Flag): string {
  switch (flag.kind) {
    case 'switch':
      return ''
    case 'number':
    case 'count':
      return ' N'
    case 'choice':
      return ` ${flag.choices.join('|')}`
    case 'setting':
      return ` ${upper(flag.name)}`
    case 'text':
      return ` ${placeholder(flag.name)}`
  }
}

/** The last word of a name says what its value is, where it is more than a preposition. */
function placeholder(name: string): string {
  const last = name.split('-').at(-1)!
  return upper(last.length > 2 ? last : name)
}

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_')

function columns(rows: readonly [name: string, doc: string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 4
  return rows.map(([name, doc]) => `  ${name.padEnd(width - 2)}${wrapped(doc, width)}`).join('')
}

/** Text in lines, those behind the first one indented. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return `${lines.join(`\n${' '.repeat(indent)}`)}\n`
}
