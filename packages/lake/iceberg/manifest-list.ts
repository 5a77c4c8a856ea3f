/**
 * Manifest lists: the manifests of one snapshot, each with what its partitions span.
 *
 *   shape   manifests <-> bytes
 *   errors  K2Error LAKE_DAMAGED naming the file
 *   source  Iceberg spec v2, "Manifest Lists"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { REMEDY } from '../store/remedy.ts'
import { type Codec, readContainer, writeContainer } from './avro.ts'
import { elements, Fields } from './fields.ts'
import { MANIFEST_LIST_SCHEMA } from './manifest-schema.ts'

/** What one partition field spans in a manifest; bounds in single-value form, absent where every value is null. */
export interface PartitionSpan {
  readonly containsNull: boolean
  readonly lower?: Uint8Array
  readonly upper?: Uint8Array
}

export interface ManifestFile {
  readonly path: string
  readonly sizeBytes: number
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: bigint
  readonly minSequenceNumber: bigint
  readonly addedSnapshotId: bigint
  readonly files: { readonly added: number; readonly existing: number; readonly deleted: number }
  readonly rows: { readonly added: number; readonly existing: number; readonly deleted: number }
  /** In the order of the spec's fields; undefined where the writer gave none. */
  readonly spans: readonly PartitionSpan[] | undefined
}

export interface ListHeader {
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  readonly sequenceNumber: bigint
}

export function writeManifestList(manifests: readonly ManifestFile[], header: ListHeader, codec?: Codec): Uint8Array {
  const records = manifests.map((manifest) => ({
    manifest_path: manifest.path,
    manifest_length: manifest.sizeBytes,
    partition_spec_id: manifest.specId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.files.added,
    existing_files_count: manifest.files.existing,
    deleted_files_count: manifest.files.deleted,
    added_rows_count: manifest.rows.added,
    existing_rows_count: manifest.rows.existing,
    deleted_rows_count: manifest.rows.deleted,
    partitions:
      manifest.spans?.map((span) => ({
        contains_null: span.containsNull,
        contains_nan: null,
        lower_bound: span.lower === undefined ? null : Buffer.from(span.lower),
        upper_bound: span.upper === undefined ? null : Buffer.from(span.upper),
      })) ?? null,
    key_metadata: null,
  }))
  const metadata = {
    'snapshot-id': String(header.snapshotId),
    'parent-snapshot-id': header.parentId === null ? 'null' : String(header.parentId),
    'sequence-number': String(header.sequenceNumber),
    'format-version': '2',
  }
  return writeContainer(MANIFEST_LIST_SCHEMA, records, metadata, codec)
}

/** Lists of format version 1 have no sequence numbers: they count as 0, as the specification says. */
export function readManifestList(bytes: Uint8Array, path: string): ManifestFile[] {
  try {
    const { schema, records } = readContainer(bytes)
    const fields = new Fields(schema)
    const span = spanReader(fields)
    return records.map((record) => ({
      path: fields.text(record, 500),
      sizeBytes: fields.number(record, 501),
      specId: fields.number(record, 502),
      content: fields.number(record, 517, 0) === 0 ? 'data' : 'deletes',
      sequenceNumber: fields.id(record, 515) ?? 0n,
      minSequenceNumber: fields.id(record, 516) ?? 0n,
      addedSnapshotId: fields.id(record, 503) ?? 0n,
      files: {
        added: fields.number(record, 504, 0),
        existing: fields.number(record, 505, 0),
        deleted: fields.number(record, 506, 0),
      },
      rows: {
        added: fields.number(record, 512, 0),
        existing: fields.number(record, 513, 0),
        deleted: fields.number(record, 514, 0),
      },
      spans: (fields.value(record, 507) as object[] | undefined)?.map(span),
    }))
  } catch (cause) {
    throw new K2Error(
      'LAKE_DAMAGED',
      `The manifest list ${path} cannot be read: ${(cause as Error).message}. ${REMEDY}`,
      { path },
      cause,
    )
  }
}

function spanReader(list: Fields): (record: object) => PartitionSpan {
  if (!list.has(507)) return () => ({ containsNull: true })
  const fields = new Fields(elements(list.schema(507)))
  return (record) => {
    const lower = fields.value(record, 510) as Uint8Array | undefined
    const upper = fields.value(record, 511) as Uint8Array | undefined
    return {
      containsNull: fields.value(record, 509) !== false,
      ...(lower && { lower: own(lower) }),
      ...(upper && { upper: own(upper) }),
    }
  }
}

/** A Buffer of four bytes keeps a slab of 8 KiB in memory for as long as the list is known. */
const own = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)
