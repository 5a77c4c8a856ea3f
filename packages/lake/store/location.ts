/**
 * Locations as Iceberg metadata holds them: a path, or a URI. Java writes `file:/x` where others write `file:///x`.
 *
 *   shape   text -> text; pure
 */

/** `file:` URIs as absolute paths, s3a and s3n as s3; anything else as it is. */
export function normalised(location: string): string {
  if (location.startsWith('file:')) return location.replace(/^file:(\/\/[^/]*)?\/*/, '/')
  return location.replace(/^s3[an]:\/\//, 's3://')
}

export function joined(folder: string, ...names: readonly string[]): string {
  return [folder.replace(/\/+$/, ''), ...names].join('/')
}
