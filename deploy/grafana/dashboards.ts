/** Every dashboard, and the file that Grafana reads it from. */
import { degradation } from './degradation.ts'
import { draw } from './draw.ts'
import { ingestion } from './ingestion.ts'
import { lake } from './lake.ts'
import { liveMarket } from './live-market.ts'
import { overview } from './overview.ts'
import type { Dashboard } from './panel.ts'
import { query } from './query.ts'
import { sequence } from './sequence.ts'
import { services } from './services.ts'

export const DASHBOARDS: readonly Dashboard[] = [
  ...[overview, ingestion, lake, query, liveMarket, sequence, degradation, services],
]

export const dashboardFile = ({ uid }: Dashboard): string => `${uid}.json`
export const dashboardJson = (dashboard: Dashboard): string => `${JSON.stringify(draw(dashboard), undefined, 2)}\n`
