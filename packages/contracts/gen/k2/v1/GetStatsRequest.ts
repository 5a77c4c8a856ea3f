// Original file: proto/k2/v1/query.proto


export interface GetStatsRequest {
}

export interface GetStatsRequest__Output {
}
