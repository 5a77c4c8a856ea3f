/** Kafka's topics, as packages/contracts/topics.ts wants them. Asks no running K2. */

import type { Flag, Given } from '../arguments.ts'
import type { Command, Group, Shell } from '../command.ts'
import { type Row, writeRows } from '../rows.ts'

const REPLICATION: Flag = {
  name: 'replication',
  kind: 'count',
  doc: 'Copies of each partition, as many as there are brokers at most. By default K2_KAFKA_REPLICATION, or 3.',
}
const DRY_RUN: Flag = { name: 'dry-run', kind: 'switch', doc: 'Changes nothing, and says what it would.' }

const apply: Command = {
  name: 'topics apply',
  doc: 'Makes missing topics of Kafka, changes what differs, and says what a person must do; 1 where something still differs.',
  flags: [REPLICATION, DRY_RUN],
  positionals: [],
  examples: ['k2 topics apply', 'k2 topics apply --replication 3 --dry-run'],
  run: (given, shell) => keep(given, shell, given['dry-run'] === true),
}

const diff: Command = {
  name: 'topics diff',
  doc: 'How the topics of Kafka differ from what they should be; 1 where they do.',
  flags: [REPLICATION],
  positionals: [],
  examples: ['k2 topics diff', 'k2 topics diff --format json'],
  run: (given, shell) => keep(given, shell, true),
}

export const topics: Group = { name: 'Topics', commands: () => [apply, diff] }

async function keep(given: Given, shell: Shell, dryRun: boolean): Promise<number> {
  const [{ openTopics }, { logSettings }, { readSettings }, { TOPICS }] = await Promise.all([
    import('@k2/log/open.ts'),
    import('@k2/log/settings.ts'),
    import('@k2/service/settings.ts'),
    import('@k2/contracts/topics.ts'),
  ])
  const copies = given.replication === undefined ? undefined : String(given.replication)
  const keeper = await openTopics(readSettings(logSettings, { copies }))
  if (keeper === undefined) {
    shell.tell(
      'The log is a folder, whose topics are made as it is opened: there is nothing to apply. KAFKA_BROKERS names a Kafka.',
    )
    await writeRows(shell, [])
    return 0
  }
  try {
    const applied = await keeper.apply(TOPICS, dryRun)
    const rows = applied.map(
      ({ topic, what, is, wished, done, isLeft }): Row => ({ topic, what, is, wished, done, differs: isLeft }),
    )
    await writeRows(shell, rows, ['topic', 'what', 'is', 'wished', 'done'])
    const left = applied.filter(({ isLeft }) => isLeft).length
    if (applied.length === 0) shell.tell(`All ${TOPICS.length} topics are as they should be.`)
    else shell.tell(left === 0 ? 'Now all topics are as they should be.' : `${left} of these still differ.`)
    return left === 0 ? 0 : 1
  } finally {
    await keeper.close()
  }
}
