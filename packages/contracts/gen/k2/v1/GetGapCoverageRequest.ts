// Original file: proto/k2/v1/query.proto


export interface GetGapCoverageRequest {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
}

export interface GetGapCoverageRequest__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
}
