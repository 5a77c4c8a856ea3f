/** helm/k2: what it renders can do no more than its work, and says nothing that a service does not know. Needs helm, or go. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { groupOf } from '@k2/iceberg-sink/compose.ts'
import { logSettings } from '@k2/log/settings.ts'
import { processSettings } from '@k2/process/settings.ts'
import { ownSettings } from '@k2/query-service/settings.ts'
import { readSettings, type SettingsSpec } from '@k2/service/settings.ts'
import { parse } from 'yaml'
import { CHART, helm, KUBERNETES, type Rendered, rendered, template } from '../worlds/helm.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const CASES = readdirSync(join(CHART, 'ci')).map((file) => file.replace('.yaml', ''))
const valuesOf = (name: string): string[] => ['-f', join(CHART, 'ci', `${name}.yaml`)]
const objectsOf = new Map(CASES.map((name) => [name, rendered(...valuesOf(name))]))
const LEAST = valuesOf('least')
/** In which a service ends what it has in hand: STOP_MS_MAX of packages/process/process.ts. */
const DRAIN_SECONDS = Number(/STOP_MS_MAX = (\d+)_000/.exec(read('packages/process/process.ts'))![1])

const SPECS: readonly SettingsSpec[] = [
  ...[processSettings, embeddedSettings, ownSettings, logSettings, gatewaySettings],
]
const KNOWN = new Set(SPECS.flatMap((spec) => Object.values(spec).map(({ env }) => env)))

/** Of the trial: of docker-compose.yml, and of users of their own. */
const PARTS = Object.keys(JSON.parse(read('helm/k2/files/trial.json')).parts)

interface Pod {
  readonly where: string
  readonly spec: Rendered
  /** One that is there for as long as the release is. */
  readonly isServing: boolean
}

function podsOf(objects: readonly Rendered[]): Pod[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    if (PARTS.includes(metadata.name)) return []
    const where = `${kind} ${metadata.name}`
    if (kind === 'Pod') return [{ where, spec, isServing: false }]
    const isServing = kind === 'Deployment' || kind === 'StatefulSet'
    return spec?.template?.spec?.containers ? [{ where, spec: spec.template.spec, isServing }] : []
  })
}

const find = (objects: readonly Rendered[], kind: string, name: string): Rendered => {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name)
  assert.ok(found, `there is no ${kind} ${name}`)
  return found
}
const ofKind = (name: string, kind: string): Rendered[] => objectsOf.get(name)!.filter((one) => one.kind === kind)
const envOf = (pod: Rendered): Record<string, string> =>
  Object.fromEntries(pod.containers[0].env.map(({ name, value }: Rendered) => [name, value]))

for (const name of CASES)
  test(`${name}: helm finds no fault`, () => {
    const { code, out, err } = helm('lint', '--strict', CHART, '--kube-version', KUBERNETES, ...valuesOf(name))
    assert.equal(code, 0, out + err)
  })

for (const [name, objects] of objectsOf)
  for (const { where, spec, isServing } of podsOf(objects))
    test(`${name}: ${where} can do no more than its work`, () => {
      assert.equal(spec.automountServiceAccountToken, false)
      assert.equal(spec.enableServiceLinks, false, "Kubernetes' own variables would be taken for slips of settings")
      assert.equal(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC ?? false, false)
      assert.equal(spec.securityContext.runAsNonRoot, true)
      assert.ok(spec.securityContext.runAsUser > 0)
      assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault')
      const volumes = new Map<string, Rendered>((spec.volumes ?? []).map((one: Rendered) => [one.name, one]))
      for (const container of spec.containers) {
        const { securityContext, resources, image, env = [], volumeMounts = [] } = container
        assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] })
        assert.equal(securityContext.readOnlyRootFilesystem, true)
        assert.equal(securityContext.allowPrivilegeEscalation, false)
        assert.equal(securityContext.privileged ?? false, false)
        assert.ok(resources.limits.memory && resources.requests.cpu && resources.requests.memory)
        assert.match(image, /:0\.1\.0$/)
        for (const { name } of env) assert.ok(KNOWN.has(name), `${name} is no setting`)
        assert.equal(new Set(env.map((one: Rendered) => one.name)).size, env.length)
        for (const mount of volumeMounts) {
          const volume = volumes.get(mount.name)
          const isClaimed = spec.volumes === undefined || mount.name === 'data'
          assert.ok(volume !== undefined || isClaimed, `nothing is mounted as ${mount.name}`)
          if (volume?.secret ?? volume?.projected) assert.equal(mount.readOnly, true)
          if (volume?.emptyDir) assert.ok(volume.emptyDir.sizeLimit, `${mount.name} has no bound`)
        }
      }
      if (!isServing) return
      const [container] = spec.containers
      const ports = new Map(container.ports.map((one: Rendered) => [one.name, one.containerPort]))
      const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
      assert.deepEqual(livenessProbe.httpGet, { path: '/health/live', port: 'probes' })
      assert.deepEqual(startupProbe.httpGet, livenessProbe.httpGet)
      const isByGrpc = ports.has('grpc') && name !== 'secured'
      if (isByGrpc) assert.equal(readinessProbe.grpc.port, ports.get('grpc'))
      else assert.deepEqual(readinessProbe.httpGet, { path: '/health/ready', port: 'probes' })
      const pauseSeconds = Number(lifecycle.preStop.exec.command[1])
      assert.ok(spec.terminationGracePeriodSeconds > DRAIN_SECONDS + pauseSeconds, 'it is killed before it has drained')
      const own = envOf(spec)
      assert.equal(own.K2_HOST, '0.0.0.0')
      assert.equal(String(ports.get('probes')), own.K2_PROBE_PORT ?? own.K2_HTTP_PORT)
      if (ports.has('grpc')) assert.equal(String(ports.get('grpc')), own.K2_GRPC_PORT)
      assert.equal(own.K2_ALLOW_INSECURE ?? own.K2_API_KEYS, name === 'secured' ? '/etc/k2/keys/keys.jsonl' : 'true')
    })

for (const [name, objects] of objectsOf)
  test(`${name}: what is named is there, and once`, () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.deepEqual(
      names.filter((one, i) => names.indexOf(one) !== i),
      [],
    )
    for (const { metadata } of objects) assert.ok(metadata.name.length <= 63, metadata.name)
    for (const { where, spec, isServing } of podsOf(objects)) {
      if (!isServing) continue
      find(objects, 'ServiceAccount', spec.serviceAccountName)
      for (const { configMapRef } of spec.containers[0].envFrom)
        if (configMapRef) find(objects, 'ConfigMap', configMapRef.name)
      const { metadata } = objects.find((one) => `${one.kind} ${one.metadata.name}` === where)!
      const service = find(objects, 'Service', metadata.name)
      const ports = spec.containers[0].ports.map((one: Rendered) => one.name)
      for (const { targetPort } of service.spec.ports) assert.ok(ports.includes(targetPort), `${where}: ${targetPort}`)
      const own = envOf(spec)
      for (const address of `${own.K2_DEGRADATION_ADDRESSES ?? ''},${own.K2_SEQUENCE_ADDRESSES ?? ''}`.split(',')) {
        if (address === '') continue
        const [, set, index, host, port] = /^(.+)-(\d+)\.([^.:]+):(\d+)$/.exec(address)!
        const { spec: fleet } = find(objects, 'StatefulSet', set!)
        assert.ok(fleet.serviceName === host && Number(index) < fleet.replicas, `${where} asks ${address}`)
        assert.equal(fleet.template.spec.containers[0].ports.at(-1).containerPort, Number(port))
        const asked = find(objects, 'Service', host!).spec
        assert.deepEqual([asked.clusterIP, asked.publishNotReadyAddresses], ['None', true])
      }
    }
  })

for (const [name, objects] of objectsOf)
  test(`${name}: each service reads its settings`, () => {
    const shared = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && !metadata.name.includes('-'))!.data
    for (const { where, spec, isServing } of podsOf(objects)) {
      if (!isServing) continue
      const env = { ...shared, ...envOf(spec), K2_API_KEY: undefined }
      for (const part of SPECS) readSettings(part, {}, env)
      assert.ok(env.KAFKA_BROKERS, where)
    }
  })

test('large numbers stay as they are', () => {
  const { data } = find(objectsOf.get('secured')!, 'ConfigMap', 'k2')
  assert.equal(data.K2_LAKE_CACHE, '10737418240')
  assert.equal(data.KAFKA_SSL, 'true')
  const sink = find(objectsOf.get('secured')!, 'Deployment', 'k2-iceberg-sink').spec.template.spec
  assert.equal(envOf(sink).K2_SINK_BACKFILL_SHARE, '0.25')
})

test('a value of one secret is in no object but that', () => {
  const [secrets, others] = [
    ofKind('scaled', 'Secret'),
    objectsOf.get('scaled')!.filter(({ kind }) => kind !== 'Secret'),
  ]
  assert.equal(secrets.length, 2, 'one of the release, one of the job before it')
  assert.doesNotMatch(JSON.stringify(others), /k2-secret-key|redis:\/\//)
})

test('the sink is scaled by the lag of its groups, and nothing else says how many there are', () => {
  const [scaled] = ofKind('secured', 'ScaledObject')
  const groups = scaled.spec.triggers.map(({ metadata }: Rendered) => metadata.consumerGroup)
  assert.deepEqual(groups.sort(), [...new Set(MARKET_TOPICS.map(({ table }) => groupOf(table.name)))].sort())
  for (const { metadata } of scaled.spec.triggers)
    assert.deepEqual([metadata.sasl, metadata.tls, metadata.lagThreshold], ['scram_sha512', 'enable', '50000'])
  for (const name of ['secured', 'scaled'])
    for (const { kind, spec } of objectsOf.get(name)!) {
      if (kind !== 'HorizontalPodAutoscaler' && kind !== 'ScaledObject') continue
      assert.equal(find(objectsOf.get(name)!, 'Deployment', spec.scaleTargetRef.name).spec.replicas, undefined)
    }
})

test('who watches finds rules, dashboards, datasources and every service', () => {
  const objects = objectsOf.get('secured')!
  const rules = ofKind('secured', 'PrometheusRule').flatMap(({ spec }) => spec.groups)
  const written = ['alerts', 'slo'].map((file) => read(`deploy/prometheus/rules/${file}.yml`)).join('')
  assert.equal(JSON.stringify(rules).match(/"expr"/g)!.length, written.match(/ expr: /g)!.length)
  assert.match(JSON.stringify(rules), /\{\{ \$labels\./, "Prometheus' templates are left to it")
  const boards = objects.filter(({ metadata }) => metadata.labels.grafana_dashboard === '1')
  assert.equal(boards.length, readdirSync(join(ROOT, 'deploy/grafana/dashboards')).length)
  for (const { data } of boards)
    for (const [file, text] of Object.entries<string>(data))
      assert.deepEqual(JSON.parse(text), JSON.parse(read(`deploy/grafana/dashboards/${file}`)))
  const sources = objects.find(({ metadata }) => metadata.labels.grafana_datasource === '1')!.data['k2.yml']
  const uids = (text: string) => [...text.matchAll(/uid: ([\w-]+), type: ([\w-]+)/g)].map(([all]) => all)
  assert.deepEqual(uids(sources), uids(read('deploy/grafana/provisioning/datasources/k2.yml')))
  const [{ spec }] = ofKind('secured', 'ServiceMonitor')
  assert.deepEqual(spec.endpoints[0].authorization.credentials, { name: 'k2-access', key: 'fleet' })
  for (const { metadata, spec: service } of ofKind('secured', 'Service')) {
    for (const [label, value] of Object.entries(spec.selector.matchLabels)) assert.equal(metadata.labels[label], value)
    assert.equal(metadata.labels[spec.jobLabel], 'k2', 'the rules ask for jobs that begin with k2')
    assert.ok(service.ports.some(({ name }: Rendered) => name === spec.endpoints[0].port))
  }
})

test('helm waits until all of a Deployment is ready', () => {
  // It counts those that may be unavailable as ready: of one replica that would be all.
  for (const { metadata, spec } of [...ofKind('secured', 'Deployment'), ...ofKind('least', 'Deployment')])
    assert.equal(spec.strategy.rollingUpdate?.maxUnavailable ?? 0, 0, metadata.name)
})

test('a trial stands on what docker-compose.yml says, by the names that settings have', () => {
  const objects = objectsOf.get('trial')!
  const { services } = parse(read('docker-compose.yml'), { merge: true })
  for (const part of PARTS) {
    const { securityContext, env, image, resources } = find(objects, 'StatefulSet', part).spec.template.spec
      .containers[0]
    assert.deepEqual(
      [securityContext.capabilities, securityContext.allowPrivilegeEscalation],
      [{ drop: ['ALL'] }, false],
    )
    assert.equal(image, services[part].image)
    assert.ok(resources.limits.memory)
    const names = env.map(({ name }: Rendered) => name).filter((name: string) => name !== 'PGDATA')
    assert.deepEqual(names, Object.keys(services[part].environment))
    for (const { value } of env) assert.doesNotMatch(value, /\$[{$]/, 'compose has its variables to itself')
  }
  const { data } = find(objects, 'ConfigMap', 'k2')
  const { stringData } = find(objects, 'Secret', 'k2')
  const asked = [data.KAFKA_BROKERS, data.SCHEMA_REGISTRY_URL, data.ICEBERG_CATALOG_URI, data.AWS_ENDPOINT_URL_S3]
  for (const address of asked) {
    const [, host, port] = /([a-z0-9]+):(\d+)/.exec(address.replace('http://', ''))!
    assert.equal(find(objects, 'Service', host!).spec.ports[0].port, Number(port))
  }
  const [s3] = find(objects, 'StatefulSet', 's3').spec.template.spec.containers
  assert.deepEqual(Object.values(envOf({ containers: [s3] })), Object.values(stringData))
})

test('each pod has a policy of the network and a budget of disruption', () => {
  for (const kind of ['NetworkPolicy', 'PodDisruptionBudget']) {
    const found = ofKind('secured', kind)
    assert.equal(found.length, 6)
    assert.equal(ofKind('scaled', kind).length, 0)
    for (const { metadata, spec } of found)
      assert.equal((spec.podSelector ?? spec.selector).matchLabels['app.kubernetes.io/name'], metadata.name.slice(3))
  }
  for (const { spec } of ofKind('secured', 'NetworkPolicy')) assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress'])
})

// biome-ignore format: a table reads by its columns
const REFUSED: readonly [what: string, args: readonly string[], says: RegExp][] = [
  ['nothing given',                     [],                                                            /settings\.KAFKA_BROKERS is empty/],
  ['nobody kept out',                   [...LEAST, '--set', 'access.insecure=false'],                    /anybody who reaches a pod could ask/],
  ['keys, and none for the fleet',      [...LEAST, '--set', 'access.keys.secret=k'],                     /access\.fleet\.secret must name/],
  ['certificates without TLS',          [...LEAST, '--set', 'access.clientCa.secret=k,access.fleet.secret=k'], /needs access\.tls\.secret/],
  ['secrets twice',                     [...LEAST, '--set', 'secrets.existing=k,secrets.values.REDIS_URL=r'], /one of them/],
  ['a slip in a setting',               [...LEAST, '--set', 'settings.K2_LOG_LEVL=info'],                /K2_LOG_LEVL/],
  ['a setting that nobody shares',      [...LEAST, '--set', 'settings.K2_SINK_COMMIT_AGE=5'],            /K2_SINK_COMMIT_AGE/],
  ['a setting of another service',      [...LEAST, '--set', 'services.query-service.settings.K2_SINK_COMMIT_AGE=5'], /K2_SINK_COMMIT_AGE/],
  ['a setting that the chart knows',    [...LEAST, '--set', 'settings.K2_HTTP_PORT=80'],                 /K2_HTTP_PORT/],
  ['a secret that everybody may read',  [...LEAST, '--set', 'settings.KAFKA_SASL_PASSWORD=p'],           /KAFKA_SASL_PASSWORD/],
  ['no choice of it',                   [...LEAST, '--set', 'settings.K2_LOG_LEVEL=loud'],               /K2_LOG_LEVEL/],
  ['out of its range',                  [...LEAST, '--set', 'services.iceberg-sink.settings.K2_SINK_COMMIT_AGE=5'], /K2_SINK_COMMIT_AGE/],
  ['no measure',                        [...LEAST, '--set', 'settings.K2_LAKE_CACHE=much'],              /K2_LAKE_CACHE/],
  ['no service',                        [...LEAST, '--set', 'services.sink.enabled=true'],               /sink/],
  ['no amount',                         [...LEAST, '--set', 'services.iceberg-sink.storage.size=big'],   /size/],
  ['replicas as text',                  [...LEAST, '--set-string', 'services.iceberg-sink.replicas=2'],  /replicas/],
  ['no way to scale',                   [...LEAST, '--set', 'services.query-service.autoscaling.kind=keda'], /kind/],
  ['a grace shorter than the drain',    [...LEAST, '--set', 'termination.graceSeconds=30'],              /graceSeconds/],
  ['probes that ask who the kubelet is', [...LEAST, '--set', 'access.openProbes=none'],                  /openProbes/],
  ['an image without a version',        [...LEAST, '--set', 'image.tag=latest'],                         /tag/],
  ['a word at the top',                 [...LEAST, '--set', 'replicas=2'],                               /replicas/],
]

for (const [what, args, says] of REFUSED)
  test(`refused: ${what}`, () => {
    const { code, out, err } = template(...args)
    assert.notEqual(code, 0, out.slice(0, 200))
    assert.match(err, says)
  })

test('the chart is of the version of the tree', () => {
  const { version } = JSON.parse(read('package.json'))
  assert.match(read('helm/k2/Chart.yaml'), new RegExp(`^version: ${version}\nappVersion: ${version}$`, 'm'))
})

test('deploy/kubernetes.yaml is what the chart renders', () => {
  const args = ['--no-hooks', '-f', 'deploy/kubernetes.values.yaml']
  const again = `e2e/worlds/real/helm.sh template k2 helm/k2 --kube-version ${KUBERNETES} ${args.join(' ')} > deploy/kubernetes.yaml`
  assert.ok(template(...args).out === read('deploy/kubernetes.yaml'), `it is not: ${again}`)
})
