// Original file: proto/k2/v1/query.proto

export const Source = {
  SOURCE_UNSPECIFIED: 'SOURCE_UNSPECIFIED',
  SOURCE_HYBRID: 'SOURCE_HYBRID',
  SOURCE_LAKE: 'SOURCE_LAKE',
  SOURCE_TAIL: 'SOURCE_TAIL',
} as const;

export type Source =
  | 'SOURCE_UNSPECIFIED'
  | 0
  | 'SOURCE_HYBRID'
  | 1
  | 'SOURCE_LAKE'
  | 2
  | 'SOURCE_TAIL'
  | 3

export type Source__Output = typeof Source[keyof typeof Source]
