/** What services need, as servers of a test's own, and the settings that lead there. */
import { join } from 'node:path'
import type { SettingValues } from '../embedded.ts'
import { type Running, type Server, s3Environment, startServer } from './servers.ts'

export interface Platform {
  readonly kafka: Running
  readonly registry: Running
  readonly catalog: Running
  readonly s3: Running
  /** Of a service that keeps what it must in a folder of this name. */
  settings(folder: string): SettingValues
  stop(): Promise<void>
}

export async function startPlatform(set: string, folder: string): Promise<Platform> {
  const servers: Running[] = []
  const start = async (name: Server, env = {}) => {
    const server = await startServer(name, set, env)
    servers.push(server)
    return server
  }
  const stop = async () => {
    for (const server of servers.reverse()) await server.stop()
  }
  try {
    const s3 = await start('s3')
    const catalog = await start('catalog', { S3: s3.url })
    const registry = await start('registry')
    const kafka = await start('kafka')
    const shared = {
      KAFKA_BROKERS: kafka.url,
      SCHEMA_REGISTRY_URL: registry.url,
      ICEBERG_CATALOG_URI: catalog.url,
      ...s3Environment(s3.url),
    }
    return { kafka, registry, catalog, s3, settings: (name) => ({ ...shared, K2_DATA: join(folder, name) }), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
