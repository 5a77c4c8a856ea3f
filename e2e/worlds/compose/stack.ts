/** docker-compose.yml as people start it, beside any other of its kind: its own project, ports and folder of files. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Engine, type Env, run } from './engine.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PORTS = [
  'K2_HTTP_PORT',
  'K2_GRPC_PORT',
  'K2_SEQUENCE_PORT',
  'K2_DEGRADATION_PORT',
  'KAFKA_PORT',
  'REGISTRY_PORT',
  'CATALOG_PORT',
  'S3_PORT',
] as const
/** A first build installs every service's packages. */
const COMPOSE_MS_MAX = 900_000

export interface Stack {
  readonly project: string
  readonly url: string
  readonly grpcAddress: string
  /** Of the degradation-controller. */
  readonly controllerAddress: string
  /** docker compose WORDS: its standard output. */
  compose(...words: string[]): Promise<string>
  docker(...words: string[]): Promise<string>
  /** What docker says of the container of a service. */
  inspect(service: string): Promise<Container>
}

export interface Container {
  readonly State: { readonly Running: boolean; readonly ExitCode: number; readonly OOMKilled: boolean }
  readonly RestartCount: number
  readonly Config: { readonly User: string; readonly Env: readonly string[] }
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean
    readonly CapDrop: readonly string[] | null
    readonly SecurityOpt: readonly string[] | null
    readonly Memory: number
    readonly PidsLimit: number | null
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>>
  }
}

/** `incoming` is where files are put; nothing is started. */
export async function openStack(engine: Engine, incoming: string, more: Env = {}): Promise<Stack> {
  const project = `k2-check-${process.pid}`
  const ports: Record<string, string> = {}
  for (const name of PORTS) ports[name] = String(await freePort())
  const env = { ...engine.env, ...ports, ...more, K2_INCOMING: incoming, COMPOSE_PROJECT_NAME: project }
  const docker = (...words: string[]) => run('docker', words, env, COMPOSE_MS_MAX)
  const compose = (...words: string[]) => docker('compose', '--project-directory', ROOT, '--ansi', 'never', ...words)
  return {
    project,
    url: `http://127.0.0.1:${ports.K2_HTTP_PORT}`,
    grpcAddress: `127.0.0.1:${ports.K2_GRPC_PORT}`,
    controllerAddress: `127.0.0.1:${ports.K2_DEGRADATION_PORT}`,
    compose,
    docker,
    inspect: async (service) => JSON.parse(await docker('inspect', await compose('ps', '-aq', service)))[0],
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
