// Original file: proto/k2/v1/query.proto


export interface ListSnapshotsRequest {
  'table'?: (string);
  'limit'?: (number);
}

export interface ListSnapshotsRequest__Output {
  'table': (string);
  'limit': (number);
}
