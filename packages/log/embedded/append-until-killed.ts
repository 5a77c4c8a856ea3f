/**
 * The process that the durability tests kill: it appends numbered records to the log in a folder, and prints after
 * each append up to which number the log has acknowledged.
 *
 *   usage  node append-until-killed.ts FOLDER TOPIC PARTITIONS FIRST SEED
 */
import { writeSync } from 'node:fs'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '../random.ts'
import { openEmbeddedLog } from './embedded.ts'

const [folder = '', topic = '', partitions = '', first = '', seed = ''] = process.argv.slice(2)

try {
  const log = openEmbeddedLog(folder, { now: Date.now })
  const random = seeded(Number(seed))
  for (let at = Number(first); ; ) {
    const records = Array.from({ length: 1 + random.below(40) }, () => ({
      key: null,
      value: Buffer.from(`${at++} ${'x'.repeat(random.below(2_000))}`),
      partition: random.below(Number(partitions)),
    }))
    await log.append(topic, records)
    // Synchronous, so that what was acknowledged is told even if the next moment is the last.
    writeSync(1, `acknowledged ${at}\n`)
  }
} catch (error) {
  if (!(error instanceof K2Error)) throw error
  writeSync(1, `${error.code} ${error.message}\n`)
}
