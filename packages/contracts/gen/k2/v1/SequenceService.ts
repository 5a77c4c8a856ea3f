// Original file: proto/k2/v1/sequence.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetCoverageRequest as _k2_v1_GetCoverageRequest, GetCoverageRequest__Output as _k2_v1_GetCoverageRequest__Output } from '../../k2/v1/GetCoverageRequest.ts';
import type { GetCoverageResponse as _k2_v1_GetCoverageResponse, GetCoverageResponse__Output as _k2_v1_GetCoverageResponse__Output } from '../../k2/v1/GetCoverageResponse.ts';
import type { ListPositionsRequest as _k2_v1_ListPositionsRequest, ListPositionsRequest__Output as _k2_v1_ListPositionsRequest__Output } from '../../k2/v1/ListPositionsRequest.ts';
import type { ListPositionsResponse as _k2_v1_ListPositionsResponse, ListPositionsResponse__Output as _k2_v1_ListPositionsResponse__Output } from '../../k2/v1/ListPositionsResponse.ts';
import type { ListSequenceEventsRequest as _k2_v1_ListSequenceEventsRequest, ListSequenceEventsRequest__Output as _k2_v1_ListSequenceEventsRequest__Output } from '../../k2/v1/ListSequenceEventsRequest.ts';
import type { ListSequenceEventsResponse as _k2_v1_ListSequenceEventsResponse, ListSequenceEventsResponse__Output as _k2_v1_ListSequenceEventsResponse__Output } from '../../k2/v1/ListSequenceEventsResponse.ts';
import type { ListSequenceGapsRequest as _k2_v1_ListSequenceGapsRequest, ListSequenceGapsRequest__Output as _k2_v1_ListSequenceGapsRequest__Output } from '../../k2/v1/ListSequenceGapsRequest.ts';
import type { ListSequenceGapsResponse as _k2_v1_ListSequenceGapsResponse, ListSequenceGapsResponse__Output as _k2_v1_ListSequenceGapsResponse__Output } from '../../k2/v1/ListSequenceGapsResponse.ts';
import type { SequenceEvent as _k2_v1_SequenceEvent, SequenceEvent__Output as _k2_v1_SequenceEvent__Output } from '../../k2/v1/SequenceEvent.ts';
import type { WatchSequenceRequest as _k2_v1_WatchSequenceRequest, WatchSequenceRequest__Output as _k2_v1_WatchSequenceRequest__Output } from '../../k2/v1/WatchSequenceRequest.ts';

export interface SequenceServiceClient extends grpc.Client {
  GetCoverage(argument: _k2_v1_GetCoverageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetCoverage(argument: _k2_v1_GetCoverageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetCoverage(argument: _k2_v1_GetCoverageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetCoverage(argument: _k2_v1_GetCoverageRequest, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  getCoverage(argument: _k2_v1_GetCoverageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  getCoverage(argument: _k2_v1_GetCoverageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  getCoverage(argument: _k2_v1_GetCoverageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  getCoverage(argument: _k2_v1_GetCoverageRequest, callback: grpc.requestCallback<_k2_v1_GetCoverageResponse__Output>): grpc.ClientUnaryCall;
  
  ListPositions(argument: _k2_v1_ListPositionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  ListPositions(argument: _k2_v1_ListPositionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  ListPositions(argument: _k2_v1_ListPositionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  ListPositions(argument: _k2_v1_ListPositionsRequest, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  listPositions(argument: _k2_v1_ListPositionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  listPositions(argument: _k2_v1_ListPositionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  listPositions(argument: _k2_v1_ListPositionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  listPositions(argument: _k2_v1_ListPositionsRequest, callback: grpc.requestCallback<_k2_v1_ListPositionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceEvents(argument: _k2_v1_ListSequenceEventsRequest, callback: grpc.requestCallback<_k2_v1_ListSequenceEventsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  ListSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  listSequenceGaps(argument: _k2_v1_ListSequenceGapsRequest, callback: grpc.requestCallback<_k2_v1_ListSequenceGapsResponse__Output>): grpc.ClientUnaryCall;
  
  WatchSequence(argument: _k2_v1_WatchSequenceRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_SequenceEvent__Output>;
  WatchSequence(argument: _k2_v1_WatchSequenceRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_SequenceEvent__Output>;
  watchSequence(argument: _k2_v1_WatchSequenceRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_SequenceEvent__Output>;
  watchSequence(argument: _k2_v1_WatchSequenceRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_SequenceEvent__Output>;
  
}

export interface SequenceServiceHandlers extends grpc.UntypedServiceImplementation {
  GetCoverage: grpc.handleUnaryCall<_k2_v1_GetCoverageRequest__Output, _k2_v1_GetCoverageResponse>;
  
  ListPositions: grpc.handleUnaryCall<_k2_v1_ListPositionsRequest__Output, _k2_v1_ListPositionsResponse>;
  
  ListSequenceEvents: grpc.handleUnaryCall<_k2_v1_ListSequenceEventsRequest__Output, _k2_v1_ListSequenceEventsResponse>;
  
  ListSequenceGaps: grpc.handleUnaryCall<_k2_v1_ListSequenceGapsRequest__Output, _k2_v1_ListSequenceGapsResponse>;
  
  WatchSequence: grpc.handleServerStreamingCall<_k2_v1_WatchSequenceRequest__Output, _k2_v1_SequenceEvent>;
  
}

export interface SequenceServiceDefinition extends grpc.ServiceDefinition {
  GetCoverage: MethodDefinition<_k2_v1_GetCoverageRequest, _k2_v1_GetCoverageResponse, _k2_v1_GetCoverageRequest__Output, _k2_v1_GetCoverageResponse__Output>
  ListPositions: MethodDefinition<_k2_v1_ListPositionsRequest, _k2_v1_ListPositionsResponse, _k2_v1_ListPositionsRequest__Output, _k2_v1_ListPositionsResponse__Output>
  ListSequenceEvents: MethodDefinition<_k2_v1_ListSequenceEventsRequest, _k2_v1_ListSequenceEventsResponse, _k2_v1_ListSequenceEventsRequest__Output, _k2_v1_ListSequenceEventsResponse__Output>
  ListSequenceGaps: MethodDefinition<_k2_v1_ListSequenceGapsRequest, _k2_v1_ListSequenceGapsResponse, _k2_v1_ListSequenceGapsRequest__Output, _k2_v1_ListSequenceGapsResponse__Output>
  WatchSequence: MethodDefinition<_k2_v1_WatchSequenceRequest, _k2_v1_SequenceEvent, _k2_v1_WatchSequenceRequest__Output, _k2_v1_SequenceEvent__Output>
}
