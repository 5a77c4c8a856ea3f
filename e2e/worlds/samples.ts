/**
 * Real files of ASX and Binance, which are no part of the project: K2_SAMPLES names their folder. Where it does not,
 * scenarios have generated files alone, and no test of real ones exists.
 */
import { join } from 'node:path'

const FOLDER = process.env.K2_SAMPLES

/** `sets`, made with the folder of real files; nothing without one. */
export const ofRealFiles = <T>(sets: (folder: string) => T[]): T[] => (FOLDER === undefined ? [] : sets(FOLDER))

/** The ASX files of one kind, the largest first. */
export const asxFiles = (folder: string, kind: 'trades' | 'quotes'): string[] =>
  ['7078', '7181', '3153'].map((id) => join(folder, 'asx', kind, `${id}.csv`))
