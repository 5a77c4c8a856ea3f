/**
 * `npm run check`: what must hold of the tree and is no test. Prints a line a check; exit code 1 where one fails.
 *
 *   style and boundaries   biome (imports between rooms, process.env, function length)
 *   types                  tsc
 *   generated files        made anew and compared
 *   file length            at most 300 lines
 *   dependencies           pinned exactly, each with its line of reason in ARCHITECTURE.md
 *   metrics                each one of the registry is written by some code
 *   hosts                  no registry's host in the lock file
 *   images                 each is named by a version; those of docker-compose.yml are of services that are there
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { METRICS } from '@k2/contracts/metrics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const sources = tracked.filter((path) => path.endsWith('.ts') && !path.includes('/gen/'))

/** Lines that say what is wrong; none where all is well. */
type Check = () => string[]

function command(name: string, args: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', name), args, {
    cwd: root,
    encoding: 'utf8',
  })
  return status === 0 ? [] : `${stdout}${stderr}`.split('\n')
}

function generated(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'k2-generated-'))
  try {
    execFileSync(process.execPath, [join(root, 'tools/generate.ts'), folder], { stdio: 'pipe' })
    const differences = [
      ['gen', 'packages/contracts/gen'],
      ['settings.md', 'docs/settings.md'],
      ['wire.txt', 'proto/k2/v1/wire.txt'],
      ['deploy/grafana/dashboards', 'deploy/grafana/dashboards'],
      ['deploy/prometheus/rules', 'deploy/prometheus/rules'],
      ...['files', 'values.schema.json', 'README.md'].map((made) => [`helm/k2/${made}`, `helm/k2/${made}`]),
    ].map(([made, ours]) => {
      const { stdout } = spawnSync('diff', ['-rq', join(folder, made!), join(root, ours!)], { encoding: 'utf8' })
      return stdout
    })
    return differences
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map(() => 'a generated file is not what npm run generate writes')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const lengths: Check = () =>
  sources.flatMap((path) => {
    const lines = read(path).split('\n').length - 1
    return lines > 300 ? [`${path} has ${lines} lines`] : []
  })

function dependencies(): string[] {
  const reasons = read('ARCHITECTURE.md')
  return tracked
    .filter((path) => path.endsWith('package.json'))
    .flatMap((path) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path))
      return Object.entries<string>({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
        const faults = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)
          ? []
          : [`${path}: ${name} ${version} is not pinned exactly`]
        return name.startsWith('@k2/') || reasons.includes(`\`${name}\``)
          ? faults
          : [...faults, `ARCHITECTURE.md gives no reason for ${name}`]
      })
    })
}

function metrics(): string[] {
  const code = sources
    .filter((path) => /^(packages|services|embedded)\//.test(path) && !path.endsWith('.test.ts'))
    .filter((path) => path !== 'packages/contracts/metrics.ts')
    .map(read)
    .join('\n')
  return Object.keys(METRICS)
    .filter((name) => !code.includes(name))
    .map((name) => `${name} is in the registry, and nothing writes it`)
}

const hosts: Check = () =>
  /"resolved": "https?:/.test(read('package-lock.json')) ? ["package-lock.json names a registry's host"] : []

function images(): string[] {
  const compose = read('docker-compose.yml')
  const { version } = JSON.parse(read('package.json'))
  const files = tracked.filter((path) => path === 'docker-compose.yml' || /^deploy\/.*Dockerfile$/.test(path))
  const names = files.flatMap((path) =>
    [...read(path).matchAll(/^ *(?:image:|FROM) (\S+)/gm)].map(([, name]) => [path, name!] as const),
  )
  return [
    ...names
      .filter(([, name]) => !/:[^:]*\d[^:]*$/.test(name))
      .map(([path, name]) => `${path}: ${name} has no version`),
    ...names
      .filter(([, name]) => name.startsWith('k2/') && !name.endsWith(`:${version}`))
      .map(([path, name]) => `${path}: ${name} is not of version ${version}`),
    ...[...compose.matchAll(/SERVICE: ([\w-]+)/g)]
      .filter(([, service]) => !tracked.includes(`services/${service}/main.ts`))
      .map(([, service]) => `docker-compose.yml: there is no services/${service}/main.ts`),
  ]
}

// biome-ignore format: a table reads by its columns
const checks: readonly [name: string, check: Check][] = [
  ['style and boundaries', () => command('biome', ['check', '--error-on-warnings', '.'])],
  ['types',                () => command('tsc', ['--noEmit', '-p', '.'])],
  ['generated files',      generated],
  ['file length',          lengths],
  ['dependencies',         dependencies],
  ['metrics',              metrics],
  ['hosts',                hosts],
  ['images',               images],
]

let failed = 0
for (const [name, check] of checks) {
  const faults = check()
  if (faults.length > 0) failed++
  process.stdout.write(
    `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}\n${faults.map((fault) => `     ${fault}\n`).join('')}`,
  )
}
process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
