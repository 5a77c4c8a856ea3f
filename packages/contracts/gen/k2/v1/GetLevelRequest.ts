// Original file: proto/k2/v1/degradation.proto


export interface GetLevelRequest {
}

export interface GetLevelRequest__Output {
}
