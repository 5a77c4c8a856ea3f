/** Traces of a process, where its settings name somebody who takes them. */
import { startTracing } from '@k2/service/tracing.ts'
import type { ProcessSettings } from './settings.ts'

/** The function that it gives sends the last spans. */
export async function tracesOf(name: string, { tracesEndpoint }: ProcessSettings): Promise<() => Promise<void>> {
  return tracesEndpoint === undefined ? async () => {} : startTracing(name)
}
