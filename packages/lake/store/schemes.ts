/** One store for files that lie in several: their locations say in which. */
import type { LocalFiles, Located } from './files.ts'
import { normalised } from './location.ts'
import type { Store } from './store.ts'

const isS3 = (location: string): boolean => normalised(location).startsWith('s3://')

export function bySchemes(folders: Store, s3: Store): Store {
  const of = (location: string) => (isS3(location) ? s3 : folders)
  return {
    write: (location, bytes) => of(location).write(location, bytes),
    publish: (localPath, location) => of(location).publish(localPath, location),
    read: (location) => of(location).read(location),
    delete: (location) => of(location).delete(location),
    list: (folder) => of(folder).list(folder),
  }
}

/** Of each file by its own location, in the order asked. */
export function filesBySchemes(folders: LocalFiles, s3: LocalFiles): LocalFiles {
  return {
    async pin(files, signal) {
      const remote = files.filter(({ path }) => isS3(path))
      if (remote.length === 0) return folders.pin(files, signal)
      const pinned = await s3.pin(remote, signal)
      const pathOf = new Map(remote.map(({ path }, index) => [path, pinned.paths[index]!]))
      const { paths } = await folders.pin(files, signal)
      return { ...pinned, paths: files.map(({ path }: Located, index) => pathOf.get(path) ?? paths[index]!) }
    },
    here: (file) => (isS3(file.path) ? s3 : folders).here(file),
  }
}
