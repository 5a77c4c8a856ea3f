/** What a shell reads to complete commands and flags, made from the table of commands. */
import type { Command } from './command.ts'
import { COMMON_FLAGS } from './flags.ts'
import { FORMATS } from './render.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof SHELLS)[number]

export function completionOf(shell: ShellName, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands)
}

const flagsOf = ({ flags }: Command): string[] => [...flags, ...COMMON_FLAGS].map(({ name }) => `--${name}`)

/** `ohlcv batch` in front of `ohlcv`, which it begins with: the first that matches counts. */
const longestFirst = (commands: readonly Command[]): Command[] =>
  commands.toSorted((a, b) => b.name.split(' ').length - a.name.split(' ').length)

const wordsOf = (commands: readonly Command[]): string =>
  [...new Set([...commands.flatMap(({ name }) => name.split(' ')), 'help'])].join(' ')

function bash(commands: readonly Command[]): string {
  const cases = longestFirst(commands).map((of) => `    "${of.name} "*) words="${flagsOf(of).join(' ')}" ;;\n`)
  return `_k2() {
  local line="\${COMP_WORDS[*]:1}" current="\${COMP_WORDS[COMP_CWORD]}" words
  [ "\${COMP_WORDS[COMP_CWORD-1]}" = --format ] && { COMPREPLY=($(compgen -W "${FORMATS.join(' ')}" -- "$current")); return; }
  case "$line" in
${cases.join('')}    *) words="${wordsOf(commands)}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _k2 k2
`
}

function zsh(commands: readonly Command[]): string {
  const cases = longestFirst(commands).map((of) => `    "${of.name} "*) offered=(${flagsOf(of).join(' ')}) ;;\n`)
  return `#compdef k2
_k2() {
  local line="\${(j: :)words[2,-1]}"
  local -a offered
  if [[ "\${words[CURRENT-1]}" == --format ]]; then
    offered=(${FORMATS.join(' ')})
  else
    case "$line" in
${cases.join('')}    *) offered=(${wordsOf(commands)}) ;;
    esac
  fi
  compadd -- $offered
  _files
}
compdef _k2 k2
`
}

/** In single quotes, as fish reads them. */
const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, doc, flags }) => {
    const [first, second] = name.split(' ')
    const own = `complete -c k2 -n ${quoted(`__k2_is "${name}"`)}`
    const offered =
      second === undefined ? `'__fish_use_subcommand' -a ${first}` : `${quoted(`__k2_is ${first}`)} -a ${second}`
    return [
      ...(second === undefined ? [] : [`complete -c k2 -n '__fish_use_subcommand' -a ${first}`]),
      `complete -c k2 -n ${offered} -d ${quoted(doc)}`,
      ...flags.map((flag) => `${own} -l ${flag.name}${flag.kind === 'switch' ? '' : ' -r'} -d ${quoted(flag.doc)}`),
    ]
  })
  const common = COMMON_FLAGS.map(({ name, kind, doc }) => {
    const values = name === 'format' ? ` -a ${quoted(FORMATS.join(' '))}` : ''
    return `complete -c k2 -l ${name}${kind === 'switch' ? '' : ' -r'}${values} -d ${quoted(doc)}`
  })
  return `function __k2_is
  string match -q -- "k2 $argv[1] *" (string join ' ' (commandline -opc))' '
end
${[...lines, ...common].join('\n')}
`
}
