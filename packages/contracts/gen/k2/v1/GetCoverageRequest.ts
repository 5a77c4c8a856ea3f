// Original file: proto/k2/v1/sequence.proto


export interface GetCoverageRequest {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
}

export interface GetCoverageRequest__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
}
