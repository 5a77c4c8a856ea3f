/**
 * Other paths to questions that there are, for clients of the Python peer: over gRPC the question itself says the same.
 *
 *   shape   parameters as text -> the definition that is meant, and the texts that it takes; or K2Error INVALID_ARGUMENT
 */
import { DEFINITIONS, type Definition, type Method } from './definitions.ts'
import { SNAPSHOT_QUERY_PARAMS } from './parameters.ts'
import type { Params } from './params.ts'
import { invalid } from './params.ts'
import { type Raw, read } from './question.ts'

export interface Detour {
  readonly path: string
  readonly methods: readonly Method[]
  /** In OpenAPI, where a definition has its rpc. */
  readonly operationId: string
  readonly doc: string
  readonly params: Params
  /** Those that it may lead to. */
  readonly definitions: readonly Definition[]
  readonly to: (texts: Raw) => { readonly definition: Definition; readonly texts: Raw }
}

const [TRADES, QUOTES] = ['QueryTrades', 'QueryQuotes'].map((rpc) => DEFINITIONS.find((of) => of.rpc === rpc)!) as [
  Definition,
  Definition,
]

export const DETOURS: readonly Detour[] = [
  {
    path: '/v1/snapshots/:snapshot_id/query',
    methods: ['POST'],
    operationId: 'QuerySnapshot',
    doc: 'Trades or quotes as a snapshot has them: /v1/trades/query and /v1/quotes/query with its id as as_of.',
    params: SNAPSHOT_QUERY_PARAMS,
    definitions: [TRADES, QUOTES],
    to(texts) {
      const { data_type: dataType, snapshot_id: id } = read(SNAPSHOT_QUERY_PARAMS, texts)
      if (!/^\d+$/.test(id)) throw invalid([{ name: 'snapshot_id', reason: 'is a number that /v1/snapshots lists' }])
      const { data_type: _, snapshot_id: as_of, ...rest } = texts
      return { definition: dataType === 'trades' ? TRADES : QUOTES, texts: { ...rest, as_of } }
    },
  },
]
