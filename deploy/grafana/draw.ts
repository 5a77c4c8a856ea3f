/** A dashboard as Grafana's JSON, by the builders of its own schema. Panels flow from left to right, 24 columns wide. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  GraphDrawStyle,
  ReduceDataOptionsBuilder,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Dashboard as Json,
  MappingType,
  type Panel as PanelJson,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as lines from '@grafana/grafana-foundation-sdk/timeseries'
import type { Dashboard, Panel, RestAsk } from './panel.ts'

/** As deploy/grafana/provisioning names them. */
const PROMETHEUS = { type: 'prometheus', uid: 'k2-prometheus' }
const INFINITY = { type: 'yesoreyeram-infinity-datasource', uid: 'k2-rest' }
const COLUMNS = 24
const HEIGHT = { number: 4, other: 8 }
const DRAWN = { lines: GraphDrawStyle.Line, bars: GraphDrawStyle.Bars, points: GraphDrawStyle.Points }

type PanelBuilder = lines.PanelBuilder | stat.PanelBuilder | table.PanelBuilder

export function draw({ uid, title, help, refresh, from, chosenBy, rows }: Dashboard): Json {
  const others = new DashboardLinkBuilder('K2').type(DashboardLinkType.Dashboards).tags(['k2'])
  const made = new DashboardBuilder(title)
    .uid(uid)
    .description(help)
    .tags(['k2'])
    .refresh(refresh)
    .time({ from, to: 'now' })
    .timezone('utc')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(others.asDropdown(true).includeVars(true).keepTime(true))
  if (chosenBy !== undefined) for (const variable of VARIABLES[chosenBy]) made.withVariable(variable)
  let id = 0
  let top = 0
  for (const row of rows) {
    made.withRow(new RowBuilder(row.title).id(++id).gridPos({ x: 0, y: top++, w: COLUMNS, h: 1 }))
    let [left, tallest] = [0, 0]
    for (const panel of row.panels) {
      const w = widthOf(panel)
      const h = panel.show === 'number' ? HEIGHT.number : HEIGHT.other
      if (left + w > COLUMNS) [left, top, tallest] = [0, top + tallest, 0]
      made.withPanel(drawn(panel).id(++id).gridPos({ x: left, y: top, w, h }) as Builder<PanelJson>)
      left += w
      tallest = Math.max(tallest, h)
    }
    top += tallest
  }
  return made.build()
}

const widthOf = ({ width, show }: Panel): number => width ?? (show === 'number' ? 4 : 8)

function drawn(panel: Panel): PanelBuilder {
  const { title, help, unit, words, noValue } = { noValue: 'nothing yet', ...panel }
  const builder = kindOf(panel).title(title).description(help).unit(unit).thresholds(thresholds(panel)).noValue(noValue)
  if (words !== undefined) {
    const options = Object.fromEntries(Object.entries(words).map(([value, text]) => [value, { text }]))
    builder.mappings([{ type: MappingType.ValueToText, options }])
  }
  return asking(builder, panel)
}

function kindOf({ show = 'lines' }: Panel): PanelBuilder {
  if (show === 'number')
    return new stat.PanelBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
  if (show === 'table') return new table.PanelBuilder()
  const builder = new lines.PanelBuilder()
    .drawStyle(DRAWN[show])
    .lineWidth(1)
    .fillOpacity(show === 'bars' ? 60 : 8)
  builder.legend(new VizLegendOptionsBuilder().showLegend(true))
  return builder.showPoints(show === 'points' ? VisibilityMode.Always : VisibilityMode.Never)
}

function asking(builder: PanelBuilder, { ask, show, difference }: Panel): PanelBuilder {
  if ('path' in ask) {
    builder.datasource(INFINITY).withTarget(restQuery(ask))
    // Answers have the newest first; lines are drawn in order.
    const [time] = ask.columns
    if (show !== 'table')
      builder.withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: time!.title }] } })
    if (difference === undefined) return builder
    const binary = { left: difference.of, operator: '-', right: difference.less }
    const options = { mode: 'binary', alias: difference.title, binary, replaceFields: true }
    return builder.withTransformation({ id: 'calculateField', options })
  }
  builder.datasource(PROMETHEUS)
  for (const [i, { promql, legend }] of ask.entries()) {
    const query = new DataqueryBuilder()
      .expr(promql)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + i))
    if (show === 'table') query.format(PromQueryFormat.Table)
    builder.withTarget(show === 'number' || show === 'table' ? query.instant() : query.range())
  }
  return builder
}

function restQuery({ path, columns }: RestAsk): Builder<Dataquery> {
  const query = {
    refId: 'A',
    datasource: INFINITY,
    ...{ type: 'json', source: 'url', parser: 'backend', format: 'table' },
    url: path,
    url_options: { method: 'GET' },
    root_selector: 'data',
    columns: columns.map(({ field, title, type }) => ({ selector: field, text: title, type })),
  }
  return { build: () => query as unknown as Dataquery }
}

function thresholds({ warn, bad, isLowBad }: Panel): ThresholdsConfigBuilder {
  const [first, ...others] = isLowBad
    ? [{ color: 'red' }, { value: bad, color: 'yellow' }, { value: warn, color: 'green' }]
    : [{ color: 'green' }, { value: warn, color: 'yellow' }, { value: bad, color: 'red' }]
  const steps = others.flatMap(({ value, color }) => (value === undefined ? [] : [{ value, color }]))
  const base = { value: null, color: steps.length === 0 ? 'green' : first!.color }
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([base, ...steps])
}

const variable = (name: string) => new QueryVariableBuilder(name).refresh(VariableRefresh.OnTimeRangeChanged)

/** A list that query-service gives, as a variable's query. */
const listed = (url: string, field: string) => ({
  queryType: 'infinity',
  infinityQuery: {
    ...{ refId: 'variable', type: 'json', source: 'url', parser: 'backend', format: 'table' },
    url,
    url_options: { method: 'GET' },
    root_selector: 'data',
    columns: [{ selector: field, text: field, type: 'string' }],
  },
})

const VARIABLES = {
  exchange: [
    variable('exchange')
      .label('Exchange')
      .datasource(PROMETHEUS)
      .query('label_values(k2_kafka_produced_records_total, exchange)')
      .multi(true)
      .includeAll(true)
      .allValue('.*'),
  ],
  instrument: [
    variable('exchange')
      .label('Exchange')
      .datasource(INFINITY)
      .query(listed('/v1/symbols', 'exchange'))
      .current({ text: 'BINANCE', value: 'BINANCE' }),
    variable('symbol')
      .label('Symbol')
      .datasource(INFINITY)
      .query(listed('/v1/symbols?exchange=$exchange', 'symbol'))
      .current({ text: 'BTCUSDT', value: 'BTCUSDT' }),
  ],
}
