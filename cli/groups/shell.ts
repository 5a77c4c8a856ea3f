/** What helps with the command line itself. */

import { UsageError } from '../arguments.ts'
import type { Command, Group } from '../command.ts'
import { completionOf, SHELLS, type ShellName } from '../completion.ts'

const completion: Command = {
  name: 'completion',
  doc: 'What a shell reads to complete commands and flags.',
  flags: [
    { name: 'shell', kind: 'choice', choices: SHELLS, doc: 'Which shell; for fish: k2 completion fish | source.' },
  ],
  positionals: ['shell'],
  examples: ['source <(k2 completion bash)', 'source <(k2 completion zsh)'],
  run({ shell: name }, { groups, write }) {
    if (name === undefined) throw new UsageError(`Name the shell: k2 completion ${SHELLS.join(', k2 completion ')}.`)
    return write(
      completionOf(
        name as ShellName,
        groups.flatMap(({ commands }) => commands()),
      ),
    )
  },
}

export const shell: Group = { name: 'Shell', commands: () => [completion] }
