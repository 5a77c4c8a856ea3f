// Original file: proto/k2/v1/query.proto

export const Order = {
  ORDER_UNSPECIFIED: 'ORDER_UNSPECIFIED',
  ORDER_ASC: 'ORDER_ASC',
  ORDER_DESC: 'ORDER_DESC',
} as const;

export type Order =
  | 'ORDER_UNSPECIFIED'
  | 0
  | 'ORDER_ASC'
  | 1
  | 'ORDER_DESC'
  | 2

export type Order__Output = typeof Order[keyof typeof Order]
