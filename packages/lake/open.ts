/**
 * The lake that the settings name: its catalog, its store, and its data files where DuckDB can read them.
 *
 *   no ICEBERG_CATALOG_URI   a folder
 *   ICEBERG_CATALOG_URI      tables lie where the catalog says: in S3, or in a folder of this machine
 *
 *   errors  K2Error SETTINGS_INVALID, LAKE_UNAVAILABLE
 */
import { isAbsolute } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { type GuardOf, guard } from '@k2/service/guard.ts'
import type { Catalog } from './catalog.ts'
import { localCatalog } from './local/catalog.ts'
import { restCatalog } from './rest/catalog.ts'
import type { Access } from './rest/token.ts'
import type { LakeSettings } from './settings.ts'
import { openDataFileCache } from './store/cache.ts'
import { directoryStore } from './store/directory.ts'
import { inPlace, type LocalFiles } from './store/files.ts'
import { normalised } from './store/location.ts'
import type { S3Options } from './store/s3.ts'
import { bySchemes, filesBySchemes } from './store/schemes.ts'
import type { Store } from './store/store.ts'

export interface Lake {
  readonly catalog: Catalog
  readonly store: Store
  readonly files: LocalFiles
  /** All that DuckDB must read of these tables lies below. */
  foldersOf(tables: readonly { readonly location: string }[]): readonly string[]
  close(): Promise<void>
}

export interface LakeFolders {
  /** Of a lake in a folder, where ICEBERG_WAREHOUSE names no other. */
  readonly warehouse: string
  /** Of files fetched from a remote one. */
  readonly cache: string
}

export async function openLake(
  settings: LakeSettings,
  folders: LakeFolders,
  now: () => number,
  guardOf: GuardOf = guard,
): Promise<Lake> {
  const { catalogUri, warehouse } = settings
  if (catalogUri === undefined) return openFolder(warehouse ?? folders.warehouse, now)
  const access = accessOf(settings, catalogUri)
  // Loaded only here: it takes its time, and most who try K2 have no use for it.
  const { s3Store } = await import('./store/s3.ts')
  const s3 = s3Store({ ...s3Options(settings), guard: guardOf('store') })
  const remote = { fetch: s3.stream, etag: s3.etag }
  const cache = await openDataFileCache({ folder: folders.cache, bytesMax: settings.cacheBytes, ...remote })
  // The sink's files are compacted soon, by the same process.
  const publish = async (localPath: string, location: string) => {
    await s3.upload(localPath, location)
    await cache.adopt(localPath, normalised(location))
  }
  return {
    catalog: restCatalog({ uri: catalogUri, warehouse, access, guard: guardOf('catalog') }),
    store: bySchemes(directoryStore(), { ...s3, publish }),
    files: filesBySchemes(inPlace, cache),
    foldersOf: (tables) => [folders.cache, ...pathsOf(tables)],
    async close() {
      await cache.close()
      s3.close()
    },
  }
}

function openFolder(warehouse: string, now: () => number): Lake {
  const isRemote = /^\w+:\/\//.test(normalised(warehouse))
  if (isRemote) {
    throw new K2Error(
      'SETTINGS_INVALID',
      `ICEBERG_WAREHOUSE is ${warehouse}, and no catalog is set: only a folder can do without one. Set ICEBERG_CATALOG_URI.`,
    )
  }
  return {
    catalog: localCatalog({ warehouse: normalised(warehouse), now }),
    store: directoryStore(),
    files: inPlace,
    foldersOf: pathsOf,
    close: async () => {},
  }
}

const pathsOf = (tables: readonly { readonly location: string }[]): string[] =>
  tables.map(({ location }) => normalised(location)).filter((path) => isAbsolute(path))

function accessOf(settings: LakeSettings, uri: string): Access {
  const { catalogToken, catalogCredential, catalogTokenUri, catalogScope } = settings
  if (catalogToken !== undefined) return { kind: 'token', token: catalogToken.reveal() }
  if (catalogCredential === undefined) return { kind: 'none' }
  const tokenUri = catalogTokenUri ?? `${uri.replace(/\/+$/, '')}/v1/oauth/tokens`
  return { kind: 'credential', credential: catalogCredential.reveal(), scope: catalogScope, uri: tokenUri }
}

function s3Options(settings: LakeSettings): S3Options {
  const { s3Endpoint, s3Region, s3AccessKeyId, s3SecretAccessKey, s3SessionToken, s3PathStyle, s3Checksums } = settings
  if ((s3AccessKeyId === undefined) !== (s3SecretAccessKey === undefined)) {
    throw new K2Error(
      'SETTINGS_INVALID',
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: set both or neither.',
    )
  }
  const credentials =
    s3AccessKeyId !== undefined && s3SecretAccessKey !== undefined
      ? {
          accessKeyId: s3AccessKeyId,
          secretAccessKey: s3SecretAccessKey.reveal(),
          ...(s3SessionToken && { sessionToken: s3SessionToken.reveal() }),
        }
      : undefined
  return {
    region: s3Region,
    endpoint: s3Endpoint,
    isPathStyle: s3PathStyle ?? s3Endpoint !== undefined,
    hasChecksums: s3Checksums,
    ...(credentials && { credentials }),
  }
}
