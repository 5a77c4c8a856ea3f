/** JSON schema of helm/k2's values: what is written there is refused before it is installed. Its settings are ours. */
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { loaderSettings } from '@k2/csv-loader/settings.ts'
import { controllerSettings } from '@k2/degradation-controller/settings.ts'
import { sinkSettings } from '@k2/iceberg-sink/settings.ts'
import { processSettings } from '@k2/process/settings.ts'
import { querySettings } from '@k2/query-service/settings.ts'
import { sequenceSettings } from '@k2/sequence-tracker/settings.ts'
import type { Setting, SettingsSpec } from '@k2/service/settings.ts'

type Schema = Readonly<Record<string, unknown>>

/** Of the chart itself: it knows ports, addresses and where files are mounted. */
const OWNED =
  /^K2_(HOST|DATA|(HTTP|GRPC|PROBE)_PORT|CRASH_AT|(DEGRADATION|SEQUENCE)_ADDRESSES|API_KEYS?|TLS_(CERT|KEY|CA|CLIENT_CA)|OPEN_PROBES|ALLOW_INSECURE)$/

/** What each service knows beside what all of them do. */
const OF_SERVICE: Readonly<Record<string, SettingsSpec>> = {
  'csv-loader': loaderSettings,
  'binance-gateway': gatewaySettings,
  'iceberg-sink': sinkSettings,
  'query-service': querySettings,
  'sequence-tracker': sequenceSettings,
  'degradation-controller': controllerSettings,
}

const text = { type: 'string' }
const flag = { type: 'boolean' }
const texts = { type: 'object', additionalProperties: text }
const labels = texts
/** Kubernetes' own, which it checks itself. */
const any = { type: 'object' }
const count = (minimum: number, maximum = 2 ** 31 - 1) => ({ type: 'integer', minimum, maximum })
const oneOf = (...values: readonly string[]) => ({ enum: values })
const list = (items: Schema) => ({ type: 'array', items })
/** What Kubernetes takes as an amount. */
const amount = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|[kMGTP]i?)?$' }
/** The name of a Secret, a ConfigMap or a claim; none where it is empty. */
const named = { type: 'string', pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$', maxLength: 253 }
const host = { type: 'string', pattern: '^[a-z0-9*]([-a-z0-9.]*[a-z0-9])?$' }

/** An object of these and of nothing else. */
const only = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 && { required }),
})

const NUMBER_OR_EMPTY = '^(-?[0-9]+(\\.[0-9]+)?)?$'
const MEASURE_OR_EMPTY = '^([0-9]+(\\.[0-9]+)? ?[A-Za-z]*)?$'

/** As a setting may be written; its range is looked at for plain numbers, the rest by the service at its start. */
function settingSchema(setting: Setting): Schema {
  const description = setting.doc
  switch (setting.kind) {
    case 'boolean':
      return { description, enum: [true, false, 'true', 'false', ''] }
    case 'choice':
      return { description, enum: [...setting.choices, ''] }
    case 'integer':
    case 'number':
    case 'duration':
    case 'bytes': {
      const isMeasured = setting.kind === 'duration' || setting.kind === 'bytes'
      const { min, max } = setting
      const range = { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
      const type = setting.kind === 'number' ? 'number' : 'integer'
      const pattern = isMeasured ? MEASURE_OR_EMPTY : NUMBER_OR_EMPTY
      return { description, type: [type, 'string'], ...range, pattern }
    }
    default:
      return { description, ...text }
  }
}

/** Each once, by its name. */
function definitions(): Schema {
  const known = [processSettings, ...Object.values(OF_SERVICE)].flatMap((spec) => Object.values<Setting>(spec))
  const taken = known.filter(({ env }) => !OWNED.test(env))
  return Object.fromEntries(taken.map((setting) => [setting.env, settingSchema(setting)]))
}

/** Secret ones are refused where everybody may read them; what is shared may be kept with them. */
function settingsSchema(specs: readonly SettingsSpec[], mayBeSecret = false): Schema {
  const known = specs.flatMap((spec) => Object.values<Setting>(spec))
  const properties = known
    .filter(({ env, kind }) => !OWNED.test(env) && (mayBeSecret || kind !== 'secret'))
    .map(({ env }) => [env, { $ref: `#/definitions/${env}` }] as const)
  return {
    ...only(Object.fromEntries(properties)),
    // OpenTelemetry reads these itself.
    patternProperties: { '^OTEL_[A-Z_]+$': text },
  }
}

const autoscaling = (more: Readonly<Record<string, Schema>>, ...kinds: readonly string[]) =>
  only({
    kind: oneOf('none', 'hpa', ...kinds),
    minReplicas: count(1),
    maxReplicas: count(1),
    cpuPercent: count(1, 100),
    ...more,
  })

function serviceSchema(name: string, more: Readonly<Record<string, Schema>> = {}): Schema {
  return only(
    {
      enabled: flag,
      replicas: count(0, 100),
      settings: settingsSchema([processSettings, OF_SERVICE[name]!]),
      resources: only({ requests: any, limits: any }, ['limits']),
      storage: only({ kind: oneOf('emptyDir', 'claim'), size: amount, storageClass: text }, ['kind', 'size']),
      nodeSelector: texts,
      tolerations: list(any),
      affinity: any,
      priorityClassName: text,
      podAnnotations: texts,
      podLabels: labels,
      ...more,
    },
    ['enabled', 'replicas', 'resources', 'storage'],
  )
}

const SERVICES = {
  'csv-loader': serviceSchema('csv-loader', {
    exchange: oneOf('ASX'),
    incoming: only({
      claim: named,
      size: amount,
      storageClass: text,
      accessModes: list(oneOf('ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod', 'ReadOnlyMany')),
    }),
  }),
  'binance-gateway': serviceSchema('binance-gateway'),
  'iceberg-sink': serviceSchema('iceberg-sink', {
    autoscaling: autoscaling({ lagRecords: count(1), authentication: named }, 'keda'),
  }),
  'query-service': serviceSchema('query-service', {
    service: only({
      type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
      annotations: texts,
      nodePorts: only({ rest: count(1, 65_535), grpc: count(1, 65_535) }),
    }),
    autoscaling: autoscaling({}),
  }),
  'sequence-tracker': serviceSchema('sequence-tracker'),
  'degradation-controller': serviceSchema('degradation-controller'),
}

const door = { enabled: flag, annotations: texts, host, tlsSecret: named }

export function valuesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'By npm run generate, of tools/chart-schema.ts.',
    definitions: definitions(),
    ...only({
      global: any,
      fullnameOverride: { ...named, maxLength: 36 },
      labels,
      image: only({
        registry: text,
        tag: { type: 'string', pattern: '^[A-Za-z0-9_.-]*$', not: { const: 'latest' } },
        pullPolicy: oneOf('IfNotPresent', 'Always', 'Never'),
        pullSecrets: list(named),
      }),
      settings: settingsSchema([processSettings]),
      secrets: only({
        existing: named,
        values: settingsSchema([processSettings, sinkSettings, sequenceSettings], true),
      }),
      files: only({ secret: named, configMap: named }),
      access: only({
        keys: only({ secret: named, file: text }),
        fleet: only({ secret: named, key: text }),
        tls: only({ secret: named }),
        clientCa: only({ secret: named, file: text }),
        openProbes: oneOf('health', 'all'), // none would shut out the kubelet
        insecure: flag,
      }),
      trial: only({ enabled: flag }),
      topics: only({ job: flag, resources: only({ requests: any, limits: any }, ['limits']) }),
      services: only(SERVICES, Object.keys(SERVICES)),
      priorityClassName: text,
      serviceAccount: only({ annotations: texts }),
      topologySpread: list({ type: 'object', required: ['topologyKey', 'maxSkew', 'whenUnsatisfiable'] }),
      podDisruptionBudget: only({ enabled: flag, maxUnavailable: { type: ['integer', 'string'] } }),
      // Beyond the minute in which a service ends what it has in hand.
      termination: only({ preStopSeconds: count(0, 60), graceSeconds: count(65, 3_600) }),
      ingress: only({ ...door, className: text, grpc: only(door) }),
      networkPolicy: only({
        enabled: flag,
        queryFrom: list(any),
        metricsFrom: list(any),
        restrictEgress: flag,
        egress: list(any),
      }),
      metrics: only({
        serviceMonitor: only({ enabled: flag, interval: text, labels }),
        rules: only({ enabled: flag, labels }),
        dashboards: only({ enabled: flag, labels, annotations: texts }),
        datasources: only({ enabled: flag, labels, prometheusUrl: text }),
      }),
    }),
  }
}
