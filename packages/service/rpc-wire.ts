/**
 * What of protos is on the wire: one line a field, value or method. A client that was built against an older line must
 * find it still, so that a list of lines that is kept tells a change which would break it.
 *
 *   shape   (files, folder) -> lines; (lines kept, lines now) -> those that are gone
 */
import protobuf from 'protobufjs'

export function wireLines(files: readonly string[], includeDir: string): string[] {
  const root = new protobuf.Root()
  root.resolvePath = (_, file) => (file.startsWith('/') ? file : `${includeDir}/${file}`)
  root.loadSync([...files], { keepCase: true }).resolveAll()
  return linesOf(root)
}

export function linesOf(of: protobuf.NamespaceBase): string[] {
  return of.nestedArray.flatMap((nested) => {
    const name = nested.fullName.slice(1)
    if (nested instanceof protobuf.Enum)
      return Object.entries(nested.values).map(([value, number]) => `${name} ${number} ${value}`)
    if (nested instanceof protobuf.Service) return nested.methodsArray.map((method) => methodLine(name, method))
    if (!(nested instanceof protobuf.Namespace)) return []
    const fields = nested instanceof protobuf.Type ? nested.fieldsArray.map((field) => fieldLine(name, field)) : []
    return [...fields, ...reservedLines(name, nested), ...linesOf(nested)]
  })
}

function fieldLine(message: string, field: protobuf.Field): string {
  const { id, name, type, repeated, options, resolvedType } = field
  const of = resolvedType?.fullName.slice(1) ?? type
  const whole = field instanceof protobuf.MapField ? `map<${field.keyType}, ${of}>` : of
  const label = repeated ? 'repeated ' : options?.proto3_optional ? 'optional ' : ''
  return `${message} ${id} ${label}${whole} ${name}`
}

function methodLine(service: string, method: protobuf.Method): string {
  const { name, requestStream, responseStream, resolvedRequestType, resolvedResponseType } = method
  const side = (type: protobuf.Type | null, isStream?: boolean) =>
    `${isStream ? 'stream ' : ''}${type?.fullName.slice(1)}`
  return `${service} ${name}(${side(resolvedRequestType, requestStream)}) ${side(resolvedResponseType, responseStream)}`
}

function reservedLines(message: string, nested: protobuf.ReflectionObject): string[] {
  const reserved = nested instanceof protobuf.Type ? (nested.reserved ?? []) : []
  return reserved.flatMap((of) => {
    if (typeof of === 'string') return []
    const [from, to] = of as [number, number]
    return Array.from({ length: to - from + 1 }, (_, i) => `${message} ${from + i} reserved`)
  })
}

/** Kept lines that the protos have no more: changed, or left out without their number being reserved. */
export function broken(kept: readonly string[], now: readonly string[]): string[] {
  const present = new Set(now)
  const reserved = (line: string) => present.has(`${line.split(' ').slice(0, 2).join(' ')} reserved`)
  return kept.filter((line) => !present.has(line) && !reserved(line))
}
