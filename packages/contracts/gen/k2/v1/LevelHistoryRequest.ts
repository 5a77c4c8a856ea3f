// Original file: proto/k2/v1/degradation.proto


export interface LevelHistoryRequest {
  'limit'?: (number);
}

export interface LevelHistoryRequest__Output {
  'limit': (number);
}
