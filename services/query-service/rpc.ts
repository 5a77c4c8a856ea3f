/**
 * The gRPC door: k2.v1.QueryService, a method for each definition. A request becomes the text that REST would have
 * sent, so both mean the same. rpc.test.ts holds the protos against the definitions, field by field.
 */
import type { LedgerOfGaps as LedgerMessage } from '@k2/contracts/gen/k2/v1/LedgerOfGaps.ts'
import type { Meta as MetaMessage } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { ReadPlan as PlanMessage } from '@k2/contracts/gen/k2/v1/ReadPlan.ts'
import { formatDay } from '@k2/market/instant.ts'
import { givenAway, type PackageDefinition, type RpcService, serviceIn } from '@k2/service/rpc.ts'
import type { Answer, Meta, SnapshotOf } from './answers.ts'
import { fieldName, listText } from './core/body.ts'
import { DEFINITIONS, type Definition } from './core/definitions.ts'
import type { Reads } from './core/explain.ts'
import type { Field } from './core/fields.ts'
import type { LedgerTold } from './core/ledger.ts'
import type { Param, Params } from './core/params.ts'
import type { Raw } from './core/question.ts'
import type { WireShape } from './core/wire.ts'
import { enclosed, isLarge } from './enclosed.ts'
import type { Doors } from './rest.ts'

export const QUERY_SERVICE = 'k2.v1.QueryService'
const NOTHING = new Uint8Array()

/** `streams`: handlers of the methods that have many replies. */
export function queryRpc(
  { clock, answer }: Doors,
  protos: PackageDefinition,
  streams: RpcService['handlers'],
): RpcService {
  const methods = serviceIn(protos, QUERY_SERVICE)
  const handlers = DEFINITIONS.map((definition) => {
    const { rpc, params, read } = definition
    const wire = wireShapeOf(definition, protos)
    const metaBytes = methods[rpc]!.responseSerialize
    const handler: RpcService['handlers'][string] = async (request, { signal }) => {
      const question = read(textsOf(params, request as Record<string, unknown>), clock.nowMicros())
      const { body, meta, reads } = await answer({ ...question, wire }, signal)
      const told = 'explain' in question && question.explain ? reads : undefined
      // Messages behind one another are one that has the fields of both.
      const reply = enclosed(NOTHING, body, metaBytes({ meta: metaMessage(meta, told) }))
      return isLarge(body) && reply.buffer === body.buffer ? givenAway(reply) : reply
    }
    return [rpc, handler] as const
  })
  return { name: QUERY_SERVICE, handlers: { ...Object.fromEntries(handlers), ...streams } }
}

interface MessageType {
  readonly field: readonly { readonly name: string; readonly number: number; readonly typeName: string }[]
}

/** Numbers of the fields that a question's rows have, as the protos say them. */
export function wireShapeOf(
  { rpc, reply, row }: Pick<Definition, 'rpc' | 'reply' | 'row'>,
  protos: PackageDefinition,
): WireShape {
  const rows = fieldOf(rpc, reply, protos)
  const message = protos[`k2.v1.${rows.typeName.split('.').at(-1)}`] as unknown as { type: MessageType }
  const numbers = new Map(message.type.field.map(({ name, number }) => [camel(name), number]))
  return {
    rows: rows.number,
    fields: Object.fromEntries(row.map((field) => [field.name, numbers.get(messageField(field))!])),
  }
}

export const fieldNumber = (rpc: string, name: string, protos: PackageDefinition): number =>
  fieldOf(rpc, name, protos).number

function fieldOf(rpc: string, name: string, protos: PackageDefinition) {
  const { responseType } = serviceIn(protos, QUERY_SERVICE)[rpc]! as unknown as { responseType: { type: MessageType } }
  return responseType.type.field.find((field) => field.name === name)!
}

/** The name of a column's field in its message, as the proto's types have it: a time's is named with its unit. */
export const messageField = ({ name, type }: Field): string => camel(type === 'timestamptz' ? `${name}_micros` : name)

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A parameter's field in its request; `format` has none, for messages are the format. */
export const requestField = (name: string, param: Param): string | undefined =>
  name === 'format' ? undefined : camel(fieldName(name, param))

export function textsOf(params: Params, request: Record<string, unknown>): Raw {
  const texts: Record<string, string | undefined> = {}
  for (const [name, param] of Object.entries(params)) {
    const field = requestField(name, param)
    if (field !== undefined) texts[name] = textOf(request[field], `${name.toUpperCase()}_`)
  }
  return texts
}

/** A field that is at its default is one that was not given. */
function textOf(value: unknown, enumPrefix: string): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : listText(value)
  if (value === 0 || value === false || value === '' || value === `${enumPrefix}UNSPECIFIED`) return undefined
  const text = String(value)
  // A number that no enum has comes as that number: it is refused as text like any other.
  return text.startsWith(enumPrefix) ? text.slice(enumPrefix.length).toLowerCase() : text
}

export function metaMessage(meta: Meta, reads: Answer['reads']): MetaMessage {
  const { snapshot, holes, offsets, from } = meta
  const texts = (of: ReadonlyMap<string, bigint>) =>
    Object.fromEntries([...of].map(([partition, offset]) => [partition, String(offset)]))
  return {
    count: meta.count,
    hasMore: meta.hasMore,
    nextCursor: meta.nextCursor ?? '',
    complete: meta.complete,
    reasons: [...meta.reasons],
    ...(snapshot && snapshotMessage(snapshot)),
    snapshots: (meta.snapshots ?? []).map((of) => ({ table: of.table, ...snapshotMessage(of) })),
    offsets: texts(offsets),
    from: texts(from ?? new Map()),
    holes: holes.map(({ topic, partition, from, to, reason }) => ({
      topic,
      partition,
      from: String(from),
      to: String(to),
      reason,
    })),
    elapsedMs: meta.elapsedMs,
    ...(meta.gaps !== undefined && { gaps: String(meta.gaps) }),
    ...(meta.ledger && { ledger: ledgerMessage(meta.ledger) }),
    ...(reads && { plan: planMessage(reads) }),
  }
}

const ledgerMessage = ({ heardAtMs, trouble, behind, ranges, missing, open }: LedgerTold): LedgerMessage => ({
  ...(heardAtMs !== null && { heardAtMicros: String(heardAtMs * 1000) }),
  trouble: trouble ?? '',
  behind: String(behind),
  ranges,
  missing: String(missing),
  open: open.map(({ symbol, exchange, date, from, to, afterMicros, beforeMicros }) => ({
    ...{ symbol, exchange, ...(date !== null && { date }) },
    fromSequence: String(from),
    toSequence: String(to),
    afterTimestampMicros: String(afterMicros),
    beforeTimestampMicros: String(beforeMicros),
  })),
})

const snapshotMessage = ({ id, committedAtMs }: SnapshotOf) => {
  return { snapshotId: String(id), committedAtMicros: String(committedAtMs * 1000) }
}

function planMessage({
  filesInTable,
  files,
  filesFromBars,
  bytes,
  bytesSkipped,
  partitions,
  rowGroups,
  tailRecords,
  cost,
}: Reads): PlanMessage {
  return {
    filesInTable,
    files,
    filesFromBars,
    bytes: String(bytes),
    bytesSkipped: String(bytesSkipped),
    partitions: partitions.map((partition) => ({
      ...(partition.day !== null && { exchangeDate: formatDay(partition.day) }),
      ...(partition.bucket !== null && { symbolBucket: partition.bucket }),
      files: partition.files,
    })),
    rowGroups: rowGroups?.all ?? 0,
    rowGroupsRead: rowGroups?.read ?? 0,
    rowsRead: String(rowGroups?.rows ?? 0),
    tailRecords: String(tailRecords),
    bytesExpected: String(cost?.bytes ?? 0),
    bytesMax: String(cost?.bytesMax ?? 0),
  }
}
