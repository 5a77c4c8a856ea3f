// Original file: proto/k2/v1/query.proto


export interface ReadPartition {
  'exchangeDate'?: (string);
  'symbolBucket'?: (number);
  'files'?: (number);
  '_exchangeDate'?: "exchangeDate";
  '_symbolBucket'?: "symbolBucket";
}

export interface ReadPartition__Output {
  'exchangeDate'?: (string);
  'symbolBucket'?: (number);
  'files': (number);
  '_exchangeDate'?: "exchangeDate";
  '_symbolBucket'?: "symbolBucket";
}
