/**
 * What tools/generate.ts writes into helm/k2, so that nothing is typed twice: dashboards, rules, the sink's groups, the schema
 * of values, of which the settings are ours, and a README of values.yaml.
 */
import { readFileSync } from 'node:fs'
import { TABLES } from '@k2/contracts/tables.ts'
import { watchingFiles } from '@k2/deploy/watching.ts'
import { groupOf } from '@k2/iceberg-sink/compose.ts'
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { valuesSchema } from './chart-schema.ts'
import { trialOf } from './chart-trial.ts'

const ROOT = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')

/** Files by their place below helm/k2. */
export function chartFiles(): readonly (readonly [place: string, content: string])[] {
  const watching = watchingFiles().map(
    ([place, content]) => [place.replace(/^(grafana|prometheus)\//, 'files/'), content] as const,
  )
  const groups = TABLES.map(({ name }) => groupOf(name))
  return [
    ...watching,
    ['files/sink-groups.json', `${JSON.stringify(groups)}\n`],
    ['files/trial.json', `${JSON.stringify(trialOf(read('docker-compose.yml')), null, 2)}\n`],
    ['files/registry.sql', read('deploy/postgres/registry.sql')],
    ['values.schema.json', `${JSON.stringify(valuesSchema(), null, 2)}\n`],
    ['README.md', readme(read('helm/k2/values.yaml'))],
  ]
}

const INTRODUCTION = `# K2 on Kubernetes

By \`npm run generate\`, of values.yaml and tools/chart.ts. Kafka, a schema registry, Iceberg's REST catalog and S3 are named by
address; \`trial.enabled\` has the chart bring those of docker-compose.yml, which keep nothing when their pod goes.

    for service in csv-loader binance-gateway iceberg-sink query-service sequence-tracker degradation-controller; do
      docker build -f deploy/Dockerfile --build-arg SERVICE=$service -t registry.example.org/team/k2/$service:0.1.0 .
    done
    docker build -f deploy/Dockerfile --build-arg SERVICE=cli --build-arg FOLDER=cli -t registry.example.org/team/k2/cli:0.1.0 .

    npx k2 keys create fleet --role admin --file keys.jsonl      # shows the key, once
    kubectl create secret generic k2-access --from-file=keys.jsonl --from-literal=fleet=k2_…
    kubectl create secret generic k2-settings --from-literal=AWS_ACCESS_KEY_ID=… --from-literal=AWS_SECRET_ACCESS_KEY=…
    helm install k2 helm/k2 --wait --set image.registry=registry.example.org/team \\
      --set settings.KAFKA_BROKERS=kafka:9092 --set settings.SCHEMA_REGISTRY_URL=http://registry:8081 \\
      --set settings.ICEBERG_CATALOG_URI=http://catalog:8181 --set secrets.existing=k2-settings \\
      --set access.keys.secret=k2-access --set access.fleet.secret=k2-access
    helm test k2

To look at it: \`helm install k2 helm/k2 -n k2 --create-namespace --set trial.enabled=true,access.insecure=true\`, with k2/catalog built of
deploy/catalog.

Without helm: deploy/kubernetes.yaml is the same less its hooks, rendered with deploy/kubernetes.values.yaml:
\`kubectl apply -n k2 -f deploy/kubernetes.yaml\`.

Nothing that must outlast a pod is in one: records are in the log and the lake, and so are positions, leases and the progress of
loads. A pod that ends stops being sent to, then has a minute for what is in hand, within its grace.

## Values
`

interface Row {
  readonly path: string
  readonly fallback: string
  readonly doc: string
}

function readme(values: string): string {
  const rows = rowsOf(parseDocument(values).contents as YAMLMap, '', '')
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const lines = rows.map(({ path, fallback, doc }) => {
    const shown = fallback === '' ? '' : `\`${cell(fallback)}\``
    return `| \`${path}\` | ${shown} | ${cell(doc)} |\n`
  })
  return `${INTRODUCTION}\n| value | default | |\n|---|---|---|\n${lines.join('')}`
}

const commentOf = (text: string | null | undefined): string =>
  (text ?? '')
    .split('\n')
    .flatMap((line) => line.trim() || [])
    .join(' ')

/** A leaf is a row, and so is a group that says something. The first key's comment is kept with the map around it. */
function rowsOf(map: YAMLMap, prefix: string, before: string): Row[] {
  return (map.items as Pair[]).flatMap(({ key, value }, i) => {
    if (!isScalar(key)) return []
    const path = `${prefix}${String(key.value)}`
    const doc = commentOf(key.commentBefore ?? (i === 0 ? map.commentBefore : null)) || (i === 0 ? before : '')
    if (isMap(value) && value.items.length > 0 && !value.flow)
      return [...(doc === '' ? [] : [{ path, fallback: '', doc }]), ...rowsOf(value, `${path}.`, '')]
    const plain = (value as { toJSON(): unknown }).toJSON()
    return [{ path, fallback: JSON.stringify(plain), doc }]
  })
}
