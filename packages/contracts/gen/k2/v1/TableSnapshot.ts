// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface TableSnapshot {
  'table'?: (string);
  'snapshotId'?: (number | string | Long);
  'committedAtMicros'?: (number | string | Long);
}

export interface TableSnapshot__Output {
  'table': (string);
  'snapshotId': (string);
  'committedAtMicros': (string);
}
