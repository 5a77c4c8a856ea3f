/** One dead letter for a person: why it could not land, how it stands, and what can be read of it. */
import { K2Error } from '@k2/contracts/codes.ts'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { readPartly } from '@k2/contracts/records/partial.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Progress } from '@k2/lake/table.ts'
import { sliceAt } from '@k2/log/batches.ts'
import { FRAME_BYTES, schemaIdOf } from '@k2/log/framing.ts'
import type { Log, OffsetRange, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { type Entry, entriesOf, readLetters, storedLetters } from './letters.ts'
import { placeText } from './places.ts'

export interface Shown extends Entry {
  /** Where its bytes are from; undefined: nowhere. */
  readonly from: 'log' | 'letter' | undefined
  readonly schemaId: number | null
  /** With which schema its fields were read. */
  readonly readAs: string
  readonly fields: Readonly<Record<string, unknown>>
  /** Why not all of it could be read. */
  readonly fault: string | undefined
  readonly bytes: Uint8Array | null
}

/** NOT_FOUND where there is neither a letter of that place nor a hole. */
export async function show(
  { log, registry }: { readonly log: Log; readonly registry: SchemaRegistry },
  place: OffsetRange,
  progress: Progress,
): Promise<Shown> {
  const text = placeText(place)
  const entries = entriesOf(place.topic, await readLetters(log, place.topic), progress)
  const entry = entries.find((one) => one.place === text) ?? entries.find((one) => holds(one, place))
  if (entry === undefined)
    throw new K2Error(
      'NOT_FOUND',
      `There is no dead letter of ${text}, and no hole. k2 dlq list --each has the places.`,
    )
  const logged = await inLog(log, place)
  const from = logged !== undefined ? 'log' : 'letter'
  const bytes = logged ?? (await inLetter(log, place))
  if (bytes === undefined) return { ...entry, place: text, from: undefined, bytes: null, ...UNREAD }
  return { ...entry, place: text, from, bytes, ...(bytes === null ? UNREAD : await read(registry, place.topic, bytes)) }
}

const UNREAD = { schemaId: null, readAs: 'it has no value', fields: {}, fault: undefined }

/** A hole without letters may be longer than the place. */
function holds({ place }: Entry, { topic, partition, from }: OffsetRange): boolean {
  const range = /^(.+)\/(\d+)\/(\d+)-(\d+)$/.exec(place)
  return range?.[1] === topic && Number(range[2]) === partition && BigInt(range[3]!) <= from && from < BigInt(range[4]!)
}

/** undefined: the log has it no longer. */
async function inLog(log: Log, place: OffsetRange): Promise<Uint8Array | null | undefined> {
  const held = (await log.ranges([place.topic])).find(({ partition }) => partition === place.partition)
  if (held === undefined || place.from < held.from || place.to > held.to) return undefined
  for await (const batch of log.readRange(place)) if (batch.count > 0) return sliceAt(batch.values, 0)
  return undefined
}

async function inLetter(log: Log, place: OffsetRange): Promise<Uint8Array | null | undefined> {
  for await (const { letter } of storedLetters(log, place.topic))
    if (letter.origin === 'log' && letter.partition === place.partition && letter.offset === place.from)
      return letter.raw
  return undefined
}

async function read(registry: SchemaRegistry, topic: string, bytes: Uint8Array) {
  const id = schemaIdOf(bytes)
  if (typeof id !== 'number') return { ...UNREAD, readAs: 'it has no frame', fault: id.fault }
  const values = { bytes, starts: Int32Array.of(0), ends: Int32Array.of(bytes.length) }
  const known = (await schemasOf(registry, [{ values }])).get(id)
  const payload = bytes.subarray(FRAME_BYTES)
  if (known !== undefined && 'schema' in known)
    return { schemaId: id, readAs: `schema ${id} of the registry`, ...readPartly(known.schema, payload) }
  const today = SCHEMAS[marketTopic(topic)!.kind]
  const readAs = `today's schema: the registry has no schema ${id}`
  return { schemaId: id, readAs, ...readPartly(today, payload) }
}
