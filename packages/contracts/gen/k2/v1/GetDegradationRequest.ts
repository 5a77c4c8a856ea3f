// Original file: proto/k2/v1/query.proto


export interface GetDegradationRequest {
}

export interface GetDegradationRequest__Output {
}
