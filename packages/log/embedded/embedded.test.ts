import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logContract } from '../log.contract.ts'
import { openEmbeddedLog } from './embedded.ts'

logContract('the embedded log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-log-'))
  const options = { now: Date.now }
  let log = openEmbeddedLog(folder, options)
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = openEmbeddedLog(folder, options)
      return log
    },
    async close() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
})
