/** What every schema registry does, held against a real one. */
import { after } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { registryContract } from '@k2/log/registry.contract.ts'
import { startServer } from '../worlds/real/servers.ts'

const server = await startServer('registry', 'registry')
after(() => server.stop())

const open = () => openRegistry({ url: server.url, deadlineMs: 5_000, incompatibility })

registryContract('a registry with Confluent’s API', async () => ({
  registry: open(),
  another: open,
  reopen: async () => open(),
  close: async () => {},
}))
