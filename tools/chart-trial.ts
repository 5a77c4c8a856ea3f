/** What docker-compose.yml stands on, as helm/k2's trial starts it: the same images and settings, typed once. */
import { parse } from 'yaml'

/** They name each other so in docker-compose.yml, and so do their Services. */
const PARTS = ['kafka', 'registry', 'catalog', 'postgres', 's3'] as const
/** By number, as Kubernetes wants it: of Debian's official image. */
const USERS: Readonly<Record<string, number>> = { postgres: 999 }
/** What the chart says for itself, or has no word in. */
const NOT_SHARED = /^(K2_|AWS_(ACCESS|SECRET))/

interface ComposeService {
  readonly image: string
  readonly user?: string
  readonly read_only?: boolean
  readonly entrypoint?: readonly string[]
  readonly environment: Readonly<Record<string, string | number>>
  readonly mem_limit: string
  readonly healthcheck: { readonly test: readonly string[] }
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
}

interface Compose {
  readonly 'x-settings': Readonly<Record<string, string>>
  readonly services: Readonly<Record<string, ComposeService>>
}

/** Where nothing else is said; compose writes $$ for what is no variable of its own. */
const plain = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll('$$', '$')

/** Of a published port the one inside; PostgreSQL publishes none. Kafka's own clients of the fleet come by INSIDE. */
function portOf(name: string, { ports = [], environment }: ComposeService): number {
  if (name === 'postgres') return 5432
  const inside = /INSIDE:\/\/:(\d+)/.exec(String(environment.KAFKA_LISTENERS ?? ''))?.[1]
  return Number(inside ?? plain(ports[0]!).split(':').at(-1))
}

export function trialOf(text: string): unknown {
  const compose = parse(text, { merge: true }) as Compose
  const shared = Object.entries(compose['x-settings'])
  const parts = PARTS.map((name) => {
    const service = compose.services[name]!
    const env = Object.entries(service.environment).map(([key, value]) => ({ name: key, value: plain(String(value)) }))
    const kept = (service.volumes ?? [])
      .filter((volume) => !volume.startsWith('.'))
      .map((volume) => volume.split(':')[1]!)
    const part = {
      image: plain(service.image),
      port: portOf(name, service),
      ...{ env, folders: [...kept, ...(service.tmpfs ?? [])] },
      memory: `${service.mem_limit.replace('g', 'Gi').replace('m', 'Mi')}`,
      probe: service.healthcheck.test.slice(1).map(plain),
      isReadOnly: service.read_only ?? false,
      ...(service.entrypoint && { command: service.entrypoint.map(plain) }),
      ...(service.user && { user: USERS[service.user] }),
    }
    return [name, part] as const
  })
  return {
    settings: Object.fromEntries(shared.filter(([name]) => !NOT_SHARED.test(name))),
    secrets: Object.fromEntries(
      shared.flatMap(([name, value]) => (/^AWS_(ACCESS|SECRET)/.test(name) ? [[name, plain(value)]] : [])),
    ),
    parts: Object.fromEntries(parts),
  }
}
