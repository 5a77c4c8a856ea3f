/** What helps with the command line itself. */
import type { Command, Group } from '../command.ts'
import { COMMON_FLAGS } from '../flags.ts'
import { FORMATS } from '../render.ts'

const completion: Command = {
  name: 'completion',
  doc: 'What a shell reads to complete commands and flags.',
  flags: [{ name: 'shell', kind: 'choice', choices: ['bash'], doc: 'Which shell.' }],
  positionals: ['shell'],
  examples: ['source <(k2 completion bash)'],
  run: (_, { groups, write }) => write(bashCompletion(groups.flatMap(({ commands }) => commands()))),
}

export const shell: Group = { name: 'Shell', commands: () => [completion] }

function bashCompletion(commands: readonly Command[]): string {
  const words = (flags: Command['flags']) => [...flags, ...COMMON_FLAGS].map(({ name }) => `--${name}`).join(' ')
  const cases = commands.map(({ name, flags }) => `    "${name} "*) words="${words(flags)}" ;;\n`).join('')
  return `_k2() {
  local line="\${COMP_WORDS[*]:1}" current="\${COMP_WORDS[COMP_CWORD]}" words
  [ "\${COMP_WORDS[COMP_CWORD-1]}" = --format ] && { COMPREPLY=($(compgen -W "${FORMATS.join(' ')}" -- "$current")); return; }
  case "$line" in
${cases}    *) words="${commands.map(({ name }) => name).join(' ')} help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _k2 k2
`
}
