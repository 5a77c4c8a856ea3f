import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { registryContract } from '../registry.contract.ts'
import { openEmbeddedLog } from './embedded.ts'

registryContract('the embedded registry', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-registry-'))
  let log = openEmbeddedLog(folder, { now: Date.now })
  return {
    registry: log.registry(incompatibility),
    another: () => log.registry(incompatibility),
    async reopen() {
      await log.close()
      log = openEmbeddedLog(folder, { now: Date.now })
      return log.registry(incompatibility)
    },
    async close() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
})
