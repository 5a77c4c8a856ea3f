// Original file: proto/k2/v1/query.proto

import type { Long } from '@grpc/proto-loader';

export interface Snapshot {
  'table'?: (string);
  'snapshotId'?: (number | string | Long);
  'parentId'?: (number | string | Long);
  'committedAtMicros'?: (number | string | Long);
  'operation'?: (string);
  'summary'?: ({[key: string]: string});
  '_parentId'?: "parentId";
}

export interface Snapshot__Output {
  'table': (string);
  'snapshotId': (string);
  'parentId'?: (string);
  'committedAtMicros': (string);
  'operation': (string);
  'summary': ({[key: string]: string});
  '_parentId'?: "parentId";
}
