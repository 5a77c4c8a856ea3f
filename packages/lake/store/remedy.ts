/** What to do about a damaged file of a table: the second half of every such sentence. */
export const REMEDY =
  "Restore it from a copy; or, where the log still begins at offset 0, move the table's folder away and start again: K2 lands the table anew."
