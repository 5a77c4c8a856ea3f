import { K2Error } from '@k2/contracts/codes.ts'
import { normalised } from '../store/location.ts'
import { REMEDY } from '../store/remedy.ts'
import type { Store } from '../store/store.ts'

/** A file that is named and missing is damage, not absence. */
export async function readNamed(store: Store, path: string): Promise<Uint8Array> {
  try {
    return await store.read(normalised(path))
  } catch (cause) {
    if (!(cause instanceof K2Error) || cause.code !== 'NOT_FOUND') throw cause
    throw new K2Error('LAKE_DAMAGED', `The table names ${path}, and there is no such file. ${REMEDY}`, { path }, cause)
  }
}
