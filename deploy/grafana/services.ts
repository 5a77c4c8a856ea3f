import { OBJECTIVES, recorded } from '../prometheus/slo.ts'
import { ask, type Dashboard, type Panel, percentile, rate } from './panel.ts'

/** How much of what may go wrong is left, and how fast it goes. */
const objectives: readonly Panel[] = OBJECTIVES.flatMap(({ name, title, budget }): Panel[] => [
  {
    title: `${title}, 3 days`,
    help: `The promise is ${(1 - budget) * 100} %.`,
    unit: 'percentunit',
    show: 'number',
    isLowBad: true,
    warn: 1 - budget,
    bad: 1 - 6 * budget,
    ask: [ask(`1 - ${recorded(name, '3d')}`)],
  },
  {
    title: `${title}: burn`,
    help: 'At 1 what may go wrong in 30 days is used up in 30 days. Above 14.4 for an hour somebody is called.',
    unit: 'none',
    warn: 1,
    bad: 14.4,
    width: 20,
    ask: (['5m', '1h', '6h'] as const).map((window) => ask(`${recorded(name, window)} / ${budget}`, window)),
  },
])

export const services: Dashboard = {
  uid: 'k2-services',
  title: 'K2 Services and SLOs',
  help: 'What users are promised, requests by rate, errors and duration, and the processes behind them.',
  refresh: '30s',
  from: 'now-6h',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'What is promised', panels: objectives },
    { title: 'Requests', panels: [
      { title: 'HTTP', help: 'Requests by route.', unit: 'reqps', ask: [ask(rate('k2_http_requests_total', ['route']), '{{route}}')] },
      { title: 'HTTP by status', help: '5xx are ours.', unit: 'reqps', ask: [ask(rate('k2_http_requests_total', ['service', 'status']), '{{service}} {{status}}')] },
      { title: 'HTTP, p99', help: 'From the head of a request to the end of its answer; of REST over 5 minutes too.', unit: 's', ask: [
        ask(percentile(0.99, 'k2_http_request_duration_seconds', ['component']), '{{component}}'),
        ask('k2:http_request_duration_seconds:p99_5m', 'REST, 5 minutes') ] },
      { title: 'gRPC', help: 'Calls by method.', unit: 'reqps', ask: [ask(rate('k2_grpc_requests_total', ['method']), '{{method}}')] },
      { title: 'gRPC by status', help: 'Of all services.', unit: 'reqps', ask: [ask(rate('k2_grpc_requests_total', ['service', 'code']), '{{service}} {{code}}')] },
      { title: 'gRPC, p99', help: 'From the start of a call to its status.', unit: 's', ask: [ask(percentile(0.99, 'k2_grpc_request_duration_seconds', ['method']), '{{method}}')] },
      { title: 'In flight', help: 'Being answered now.', unit: 'short', ask: [ask('sum by (component) (k2_http_in_flight_requests)', 'HTTP {{component}}'), ask('sum by (component) (k2_grpc_in_flight_requests)', 'gRPC {{component}}')] },
    ] },
    { title: 'Processes', panels: [
      { title: 'CPU', help: 'Cores. Services of one process each tell of the whole of it.', unit: 'short', ask: [ask('max by (service, instance) (rate(k2_process_cpu_seconds_total[$__rate_interval]))', '{{service}}')] },
      { title: 'Resident memory', help: 'By its limit.', unit: 'percentunit', warn: 0.7, bad: 0.9, ask: [ask('max by (service, instance) (k2_process_resident_memory_bytes / k2_process_memory_limit_bytes)', '{{service}}')] },
      { title: 'Heap', help: 'By the size at which the process would die.', unit: 'percentunit', warn: 0.7, bad: 0.9, ask: [ask('max by (service, instance) (k2_process_heap_used_bytes / k2_process_heap_limit_bytes)', '{{service}}')] },
      { title: 'Memory outside the heap', help: 'Buffers.', unit: 'bytes', ask: [ask('max by (service, instance) (k2_process_external_memory_bytes)', '{{service}}')] },
      { title: 'Event loop', help: 'Delay: p99 and the longest since the last scrape.', unit: 's', warn: 0.1, bad: 0.5, ask: [
        ask('max by (service, instance) (k2_process_event_loop_lag_p99_seconds)', 'p99 {{service}}'),
        ask('max by (service, instance) (k2_process_event_loop_lag_max_seconds)', 'longest {{service}}') ] },
      { title: 'Garbage collection', help: 'Share of the time.', unit: 'percentunit', ask: [ask('sum by (service, instance, kind) (rate(k2_process_gc_duration_seconds_sum[$__rate_interval]))', '{{service}} {{kind}}')] },
      { title: 'Age', help: 'Since the process started.', unit: 's', ask: [ask('time() - max by (service, instance) (k2_process_start_time_seconds)', '{{service}}')] },
    ] },
  ],
}
