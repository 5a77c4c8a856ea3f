/**
 * What a proto says of a service, comments included: from this a client makes its flags and its help, so that a
 * parameter is written once. proto-loader drops comments, so its own parser, protobufjs, reads them here.
 */
import protobuf from 'protobufjs'

export interface FieldDoc {
  /** As the proto has it. */
  readonly name: string
  /** As messages have it. */
  readonly key: string
  /** int32, string, …, or the name of an enum or a message. */
  readonly type: string
  readonly isList: boolean
  readonly isMap: boolean
  /** It may be absent; others have their default then. */
  readonly isOptional: boolean
  /** Of an enum, as the proto has them. */
  readonly choices: readonly string[]
  /** Of a message. */
  readonly fields: () => readonly FieldDoc[]
  readonly doc: string
}

export interface MethodDoc {
  readonly name: string
  readonly isStream: boolean
  readonly request: readonly FieldDoc[]
  readonly reply: readonly FieldDoc[]
  readonly doc: string
}

/** The methods of a service, by its full name, in the proto's order. */
export function describeService(
  files: readonly string[],
  includeDir: string,
  service: string,
): ReadonlyMap<string, MethodDoc> {
  const root = new protobuf.Root()
  root.resolvePath = (_, file) => (file.startsWith('/') ? file : `${includeDir}/${file}`)
  root.loadSync([...files], { keepCase: true, alternateCommentMode: true }).resolveAll()
  const methods = root.lookupService(service).methodsArray
  return new Map(methods.map((method) => [method.name, methodDoc(method)]))
}

function methodDoc(method: protobuf.Method): MethodDoc {
  const { name, responseStream, resolvedRequestType, resolvedResponseType } = method
  return {
    name,
    isStream: responseStream ?? false,
    request: fieldsOf(resolvedRequestType),
    reply: fieldsOf(resolvedResponseType),
    doc: docOf(method),
  }
}

const fieldsOf = (type: protobuf.ReflectionObject | null): readonly FieldDoc[] =>
  type instanceof protobuf.Type ? type.fieldsArray.map(fieldDoc) : []

function fieldDoc(field: protobuf.Field): FieldDoc {
  const { name, type, resolvedType, repeated, map } = field
  return {
    name,
    key: protobuf.util.camelCase(name),
    type,
    isList: repeated,
    isMap: map,
    isOptional: field.options?.proto3_optional === true,
    choices: resolvedType instanceof protobuf.Enum ? Object.keys(resolvedType.values) : [],
    fields: () => fieldsOf(resolvedType),
    doc: docOf(field),
  }
}

const docOf = ({ comment }: protobuf.ReflectionObject): string => comment?.replaceAll(/\s*\n\s*/g, ' ') ?? ''
