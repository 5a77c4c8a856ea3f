/** The chart by helm's own hand: what it lints, refuses and renders. No cluster is asked. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const ROOT = join(import.meta.dirname, '../..')
const SERVERS = join(ROOT, 'e2e/worlds/real')
export const CHART = join(ROOT, 'helm/k2')

/** What the chart is rendered for. */
export const KUBERNETES = '1.34.0'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export const helm = (...args: readonly string[]): Said => run('helm.sh', args)

/** Files are read by Kubernetes' own types. */
export const readByTypes = (...files: readonly string[]): Said => run('manifests.sh', files)

function run(script: string, args: readonly string[]): Said {
  const { status, stdout, stderr, error } = spawnSync(join(SERVERS, script), args, {
    encoding: 'utf8',
    cwd: ROOT,
    maxBuffer: 2 ** 26,
  })
  if (error !== undefined) throw error
  return { code: status ?? -1, out: stdout, err: stderr }
}

export const template = (...args: readonly string[]): Said =>
  helm('template', 'k2', CHART, '--kube-version', KUBERNETES, ...args)

// biome-ignore lint/suspicious/noExplicitAny: an object of Kubernetes is whatever the chart renders
export type Rendered = any

/** Its objects; throws what helm says where it refuses. */
export function rendered(...args: readonly string[]): Rendered[] {
  const { code, out, err } = template(...args)
  if (code !== 0) throw new Error(err)
  return parseAllDocuments(out, { uniqueKeys: true }).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJSON() ?? []
  })
}
