/** Where the lake is: a folder of this machine, or a catalog over REST and a store by its names. */
import { defineSettings, type Settings } from '@k2/service/settings.ts'

export const lakeSettings = defineSettings({
  catalogUri: {
    env: 'ICEBERG_CATALOG_URI',
    kind: 'string',
    unit: 'http(s)://host:port',
    optional: true,
    // Nobody logs a URI's password who has none in it.
    matches: /^https?:\/\/[^@\s]+$/,
    doc: "Iceberg's REST catalog; without it the lake is a folder.",
  },
  warehouse: {
    env: 'ICEBERG_WAREHOUSE',
    kind: 'string',
    unit: 'name or location',
    optional: true,
    doc: 'Which of the catalog’s warehouses; without a catalog, the folder of the lake.',
  },
  catalogToken: {
    env: 'ICEBERG_CATALOG_TOKEN',
    kind: 'secret',
    optional: true,
    doc: 'Shown to the catalog as a bearer token.',
  },
  catalogCredential: {
    env: 'ICEBERG_CATALOG_CREDENTIAL',
    kind: 'secret',
    optional: true,
    doc: 'id:secret, for which the catalog gives out tokens (OAuth2, client credentials).',
  },
  catalogTokenUri: {
    env: 'ICEBERG_CATALOG_OAUTH2_URI',
    kind: 'string',
    optional: true,
    matches: /^https?:\/\/[^@\s]+$/,
    doc: 'Where tokens are given out, where it is not the catalog itself.',
  },
  catalogScope: {
    env: 'ICEBERG_CATALOG_SCOPE',
    kind: 'string',
    default: 'catalog',
    doc: 'Scope of those tokens.',
  },
  s3Endpoint: {
    env: 'AWS_ENDPOINT_URL_S3',
    kind: 'string',
    optional: true,
    matches: /^https?:\/\/[^@\s]+$/,
    doc: 'An S3 server that is not Amazon’s.',
  },
  s3Region: { env: 'AWS_REGION', kind: 'string', default: 'us-east-1', doc: 'Region of the bucket.' },
  s3AccessKeyId: {
    env: 'AWS_ACCESS_KEY_ID',
    kind: 'string',
    optional: true,
    doc: 'With AWS_SECRET_ACCESS_KEY; without both, the profile or role of the machine or pod is used.',
  },
  s3SecretAccessKey: { env: 'AWS_SECRET_ACCESS_KEY', kind: 'secret', optional: true, doc: 'Of AWS_ACCESS_KEY_ID.' },
  s3SessionToken: {
    env: 'AWS_SESSION_TOKEN',
    kind: 'secret',
    optional: true,
    doc: 'Of keys that are lent for a while.',
  },
  s3PathStyle: {
    env: 'K2_S3_PATH_STYLE',
    kind: 'boolean',
    optional: true,
    doc: 'Buckets in the path and not in the host name; by default where AWS_ENDPOINT_URL_S3 is set.',
  },
  s3Checksums: {
    env: 'K2_S3_CHECKSUMS',
    kind: 'boolean',
    default: false,
    doc: 'CRC checksums beside the signature; some servers other than Amazon’s refuse them.',
  },
  cacheBytes: {
    env: 'K2_LAKE_CACHE',
    kind: 'bytes',
    unit: 'bytes',
    min: 64 * 2 ** 20,
    default: 10 * 2 ** 30,
    doc: 'Data files of a remote lake kept on disk for reading; a question may not read more than this at once.',
  },
})

/** Of whoever keeps the tables healthy: the sink, and people by hand. */
export const upkeepSettings = defineSettings({
  upkeepGraceMs: {
    env: 'K2_SINK_UPKEEP_GRACE',
    kind: 'duration',
    unit: 'ms',
    default: 3_660_000,
    min: 1_000,
    max: 86_400_000,
    doc: 'Files stay this long after the last snapshot that named them: an hour past the longest question.',
  },
})

export type LakeSettings = Settings<typeof lakeSettings>
