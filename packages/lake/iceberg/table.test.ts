import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCatalog } from '../local/catalog.ts'
import { directoryStore } from '../store/directory.ts'
import { tableContract } from '../table.contract.ts'

tableContract('over a directory', async () => {
  const warehouse = await mkdtemp(join(tmpdir(), 'k2-lake-'))
  return {
    catalog: localCatalog({ warehouse, now: Date.now }),
    store: directoryStore(),
    close: () => rm(warehouse, { recursive: true, force: true }),
  }
})
