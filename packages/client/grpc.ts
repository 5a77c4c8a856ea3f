/** The client over gRPC. */
import { createRpcClient, credentialsOf } from '@k2/service/rpc-client.ts'
import { describeService, type FieldDoc, type MethodDoc } from '@k2/service/rpc-describe.ts'
import { loadProtos, serviceIn } from '@k2/service/rpc-protos.ts'
import { type Batch, type Client, type ClientOptions, clientOver } from './client.ts'
import { columnsOf, type Message, type Row, rowOf } from './message.ts'
import { type Proof, proofJson } from './proof.ts'
import { PROTO_FOLDER } from './protos.ts'

const PROTO = 'k2/v1/query.proto'
export const SERVICE = 'k2.v1.QueryService'
export const METHODS: ReadonlyMap<string, MethodDoc> = describeService([PROTO], PROTO_FOLDER, SERVICE)
const DEADLINE_MS = 30_000

type Reply = Message & { readonly meta: Proof | null }

export function connectGrpc(options: ClientOptions): Client {
  const { address, apiKey, tls, deadlineMs = DEADLINE_MS } = options
  const client = createRpcClient<Record<string, never>>(serviceIn(loadProtos([PROTO], [PROTO_FOLDER]), SERVICE), {
    address,
    ...(tls && { credentials: credentialsOf(tls) }),
  })
  const call = client.call as unknown as (method: string, request: object, of: object) => Promise<Reply>
  const stream = client.stream as unknown as (method: string, request: object, of: object) => AsyncIterable<Reply>
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? {} : { 'x-api-key': apiKey }
  const door = {
    async ask(method: string, request: object, signal: AbortSignal) {
      const reply = await call(method, request, { signal, deadlineMs, headers })
      const field = METHODS.get(method)!.reply.find(({ name }) => name !== 'meta')!
      return { rows: rowsOf(field, [reply[field.key]].flat() as Message[]), meta: proofJson(reply.meta!) }
    },
    async *open(method: string, request: object, signal: AbortSignal): AsyncGenerator<Batch> {
      const fields = METHODS.get(method)!.reply
      for await (const reply of stream(method, request, { signal, headers })) {
        const rows = ['trades', 'quotes'].flatMap((name) =>
          rowsOf(fields.find((field) => field.name === name)!, reply[name] as Message[]),
        )
        const live = reply.live === undefined ? {} : { live: reply.live as boolean }
        yield { rows, cursor: String(reply.cursor), ...live, ...(reply.meta && { meta: proofJson(reply.meta) }) }
      }
    },
    close: () => client.close(),
  }
  return clientOver(door, options)
}

function rowsOf(field: FieldDoc, messages: readonly Message[]): Row[] {
  const columns = columnsOf(field.fields())
  return messages.map((message) => rowOf(columns, message))
}
