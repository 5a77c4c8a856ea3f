/** What Grafana would ask, with its variables put in: of Prometheus, and of query-service by the Infinity datasource. */
import { DASHBOARDS } from '@k2/deploy/grafana/dashboards.ts'
import { draw } from '@k2/deploy/grafana/draw.ts'

export interface PanelQuery {
  readonly where: string
  readonly promql: string
}

export interface RestQuery {
  readonly where: string
  readonly path: string
  readonly columns: readonly { readonly selector: string; readonly type: string }[]
}

const VARIABLES: Readonly<Record<string, string>> = {
  exchange: 'BINANCE',
  symbol: 'BTCUSDT',
}

/** Each line of each panel; a rate is over `window`. */
export const panelQueries = (window: string): readonly PanelQuery[] =>
  DASHBOARDS.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title: panel, ask }) =>
        'path' in ask
          ? []
          : ask.map(({ promql, legend }) => ({
              where: `${title}: ${panel}: ${legend}`,
              promql: promql.replaceAll('$exchange', '.*').replaceAll('$__rate_interval', window),
            })),
      ),
    ),
  )

/** Of panels and variables, as they stand in the JSON. */
export function restQueries(): readonly RestQuery[] {
  const found: RestQuery[] = []
  const walk = (where: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { url, columns, title, name } = value as { url?: string; title?: string; name?: string } & Partial<RestQuery>
    if (url !== undefined && columns !== undefined) {
      const path = url.replaceAll(/\$(\w+)/g, (_, variable) => VARIABLES[variable]!)
      found.push({ where, path, columns })
    }
    for (const inner of Object.values(value)) walk([where, title ?? name].filter(Boolean).join(': '), inner)
  }
  for (const dashboard of DASHBOARDS) walk('', draw(dashboard))
  return found
}
