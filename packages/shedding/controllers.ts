/** Controllers over gRPC: every replica is told, so that whoever leads next knows as much. */
import type { DegradationServiceDefinition } from '@k2/contracts/gen/k2/v1/DegradationService.ts'
import type { Caller } from '@k2/service/access/caller.ts'
import { createRpcClient, loadProtos, serviceIn } from '@k2/service/rpc.ts'
import type { Controller } from './member.ts'

export const DEGRADATION_SERVICE = 'k2.v1.DegradationService'
const PROTOS = new URL('../../proto/', import.meta.url).pathname

export const degradationProtos = () => loadProtos(['k2/v1/degradation.proto'], [PROTOS])

export function controllersAt(addresses: readonly string[], caller: Caller): Controller[] {
  if (addresses.length === 0) return []
  const service = serviceIn(degradationProtos(), DEGRADATION_SERVICE)
  return addresses.map((address) => {
    const client = createRpcClient<DegradationServiceDefinition>(service, { address, ...caller(address) })
    return {
      address,
      report: (report, signal) => client.call('Report', report, { signal }),
      close: () => client.close(),
    }
  })
}
