/** Sequence-trackers over gRPC. */
import type { SequenceServiceDefinition } from '@k2/contracts/gen/k2/v1/SequenceService.ts'
import { ANYONE, type Caller } from '@k2/service/access/caller.ts'
import { createRpcClient, loadProtos, serviceIn } from '@k2/service/rpc.ts'
import type { Tracker } from '../ledger.ts'

const PROTOS = new URL('../../../proto/', import.meta.url).pathname

export function trackersAt(addresses: readonly string[], caller: Caller = ANYONE): Tracker[] {
  if (addresses.length === 0) return []
  const service = serviceIn(loadProtos(['k2/v1/sequence.proto'], [PROTOS]), 'k2.v1.SequenceService')
  return addresses.map((address) => {
    const client = createRpcClient<SequenceServiceDefinition>(service, { address, ...caller(address) })
    return {
      address,
      gaps: (request, signal) => client.call('ListSequenceGaps', request, { signal }),
      coverage: (request, signal) => client.call('GetCoverage', request, { signal }),
      close: () => client.close(),
    }
  })
}
