/**
 * Files of the lake: the PORT. Files are immutable: written once, whole, under a name that nobody else uses.
 *
 *   shape   a location is absolute: a path for directories, s3://bucket/key for S3
 *   errors  K2Error LAKE_UNAVAILABLE; NOT_FOUND for a file that is not there
 */
export interface StoredFile {
  readonly location: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export interface Store {
  /** Durable and whole when it returns, or not there at all. */
  write(location: string, bytes: Uint8Array): Promise<void>
  /** Takes a finished local file in (a directory renames it, S3 uploads it); durable when it returns. May be repeated. */
  publish(localPath: string, location: string): Promise<void>
  read(location: string): Promise<Uint8Array>
  delete(location: string): Promise<void>
  list(folder: string): AsyncIterable<StoredFile>
}
