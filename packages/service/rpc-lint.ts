/**
 * What protos must keep to, so that code that is generated from them reads alike in any language, and the command line has its help.
 *
 *   shape   (files, folder) -> sentences; none where all is well
 */
import protobuf from 'protobufjs'

export function lintProtos(files: readonly string[], includeDir: string): string[] {
  const root = new protobuf.Root()
  root.resolvePath = (_, file) => (file.startsWith('/') ? file : `${includeDir}/${file}`)
  root.loadSync([...files], { keepCase: true, alternateCommentMode: true }).resolveAll()
  return faultsIn(root)
}

const PASCAL = /^[A-Z][A-Za-z0-9]*$/
const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

export function faultsIn(of: protobuf.NamespaceBase): string[] {
  return of.nestedArray.flatMap((nested) => {
    const name = nested.fullName.slice(1)
    const own =
      nested instanceof protobuf.Namespace && !(nested instanceof protobuf.Type || nested instanceof protobuf.Service)
    const faults = own || PASCAL.test(nested.name) ? [] : [`${name} is written LikeThis`]
    if (nested instanceof protobuf.Enum) return [...faults, ...enumFaults(name, nested)]
    if (nested instanceof protobuf.Service) return [...faults, ...serviceFaults(name, nested)]
    const fields =
      nested instanceof protobuf.Type ? nested.fieldsArray.flatMap((field) => fieldFaults(name, field)) : []
    return [...faults, ...fields, ...(nested instanceof protobuf.Namespace ? faultsIn(nested) : [])]
  })
}

function enumFaults(name: string, { name: own, values }: protobuf.Enum): string[] {
  const prefix = `${own.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}_`
  const wrong = Object.keys(values).filter((value) => !value.startsWith(prefix))
  return [
    ...wrong.map((value) => `${name}.${value} begins with ${prefix}, for values of all enums share a scope`),
    ...(Object.values(values).includes(0) ? [] : [`${name} has no value 0, which is what is absent`]),
  ]
}

function serviceFaults(name: string, { methodsArray }: protobuf.Service): string[] {
  return methodsArray.flatMap((method) => [
    ...(PASCAL.test(method.name) ? [] : [`${name}.${method.name} is written LikeThis`]),
    ...(method.comment ? [] : [`${name}.${method.name} has no comment, which is its help`]),
    ...(method.requestStream ? [`${name}.${method.name} is a client stream, which nothing here reads`] : []),
  ])
}

function fieldFaults(name: string, field: protobuf.Field): string[] {
  const isTime = /(^|_)(at|time|timestamp|since|until)$/.test(field.name) && field.type === 'int64'
  return [
    ...(SNAKE.test(field.name) ? [] : [`${name}.${field.name} is written like_this`]),
    ...(isTime ? [`${name}.${field.name} says its unit: ${field.name}_micros`] : []),
    ...(field.required ? [`${name}.${field.name} is required, and could never be left out again`] : []),
  ]
}
