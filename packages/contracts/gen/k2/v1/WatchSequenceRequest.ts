// Original file: proto/k2/v1/sequence.proto


export interface WatchSequenceRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
}

export interface WatchSequenceRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
}
