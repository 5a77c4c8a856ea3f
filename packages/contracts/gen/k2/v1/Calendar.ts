// Original file: proto/k2/v1/query.proto

export const Calendar = {
  CALENDAR_UNSPECIFIED: 'CALENDAR_UNSPECIFIED',
  CALENDAR_EXCHANGE: 'CALENDAR_EXCHANGE',
  CALENDAR_UTC: 'CALENDAR_UTC',
} as const;

export type Calendar =
  | 'CALENDAR_UNSPECIFIED'
  | 0
  | 'CALENDAR_EXCHANGE'
  | 1
  | 'CALENDAR_UTC'
  | 2

export type Calendar__Output = typeof Calendar[keyof typeof Calendar]
