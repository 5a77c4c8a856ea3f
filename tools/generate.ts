/**
 * Writes what is derived: TypeScript types of the protos, docs/settings.md, Grafana's dashboards and Prometheus' rules, and what
 * helm/k2 needs of all these; to proto/k2/v1/wire.txt it adds, and takes nothing away. `npm run check` writes it into a folder
 * of its own and compares.
 *
 *   node tools/generate.ts [FOLDER]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cliSettings } from '@k2/cli/settings.ts'
import { watchingFiles } from '@k2/deploy/watching.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { ownSettings } from '@k2/query-service/settings.ts'
import { wireLines } from '@k2/service/rpc-wire.ts'
import { describeSettings, type SettingsSpec } from '@k2/service/settings.ts'
import { chartFiles } from './chart.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2]
const PROTOS = ['k2/v1/query.proto', 'k2/v1/sequence.proto', 'k2/v1/degradation.proto', 'k2/v1/feed.proto']
const types = folder === undefined ? join(root, 'packages/contracts/gen') : join(folder, 'gen')
const docs = folder ?? join(root, 'docs')

rmSync(types, { recursive: true, force: true })
mkdirSync(types, { recursive: true })
// The options are PROTO_OPTIONS of packages/service/rpc.ts.
const options = [
  '--longs=String',
  '--enums=String',
  '--defaults',
  '--oneofs',
  '--grpcLib=@grpc/grpc-js',
  '--importFileExtension=.ts',
  '--targetFileExtension=.ts',
]
// Relative, since the generator writes it into the files: they must not tell in which folder they were made.
const include = '--includeDirs=proto'
execFileSync(
  join(root, 'node_modules/.bin/proto-loader-gen-types'),
  [...options, include, `--outDir=${types}`, ...PROTOS],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
)

const wire = join(root, 'proto/k2/v1/wire.txt')
const kept = readFileSync(wire, 'utf8').trimEnd().split('\n')
const lines = [...new Set([...kept, ...wireLines(PROTOS, join(root, 'proto'))])].sort(
  new Intl.Collator('en', { numeric: true }).compare,
)
writeFileSync(folder === undefined ? wire : join(folder, 'wire.txt'), `${lines.join('\n')}\n`)

function table(spec: SettingsSpec): string {
  const rows = describeSettings(spec).map(
    ({ name, unit, default: fallback, doc }) => `| \`${name}\` | ${unit} | ${fallback} | ${doc} |\n`,
  )
  return `| name | unit | default | why |\n|---|---|---|---|\n${rows.join('')}`
}
writeFileSync(
  join(docs, 'settings.md'),
  `# Settings\n\nBy environment. Generated from each service's settings.ts by \`npm run generate\`; \`npm start -- --settings\` prints the same.\n\n${table(embeddedSettings)}\n## Of a service in a process of its own\n\nAs above; K2_HTTP_PORT has health and metrics, by default 9101 of binance-gateway, 9102 of csv-loader, 9103 of iceberg-sink, 9104 of sequence-tracker and 9106 of degradation-controller; K2_GRPC_PORT by default 50052 of sequence-tracker, 50053 of degradation-controller and 50054 of binance-gateway.\n\n${table(ownSettings)}\n## Of the command line\n\n${table(cliSettings)}`,
)

type Files = readonly (readonly [place: string, content: string])[]
/** Anew, so that what is not made any more is gone. */
function write(where: string, made: readonly string[], files: Files): void {
  const to = join(folder ?? root, where)
  for (const old of made) rmSync(join(to, old), { recursive: true, force: true })
  for (const [place, content] of files) {
    mkdirSync(dirname(join(to, place)), { recursive: true })
    writeFileSync(join(to, place), content)
  }
}
write('deploy', ['grafana/dashboards', 'prometheus/rules'], watchingFiles())
write('helm/k2', ['files'], chartFiles())
