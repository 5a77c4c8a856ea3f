/** What tools/generate.ts writes for Prometheus and Grafana: files by their place below deploy/. */
import { DASHBOARDS, dashboardFile, dashboardJson } from './grafana/dashboards.ts'
import { ALERTS } from './prometheus/alerts.ts'
import { alertingYaml, recordingYaml } from './prometheus/rule.ts'
import { SLO_RECORDINGS } from './prometheus/slo.ts'

export const watchingFiles = (): readonly (readonly [place: string, content: string])[] => [
  ...DASHBOARDS.map((one) => [`grafana/dashboards/${dashboardFile(one)}`, dashboardJson(one)] as const),
  ['prometheus/rules/slo.yml', recordingYaml(SLO_RECORDINGS)],
  ['prometheus/rules/alerts.yml', alertingYaml(ALERTS)],
]
