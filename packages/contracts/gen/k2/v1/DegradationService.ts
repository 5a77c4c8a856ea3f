// Original file: proto/k2/v1/degradation.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetLevelRequest as _k2_v1_GetLevelRequest, GetLevelRequest__Output as _k2_v1_GetLevelRequest__Output } from '../../k2/v1/GetLevelRequest.ts';
import type { LevelHistory as _k2_v1_LevelHistory, LevelHistory__Output as _k2_v1_LevelHistory__Output } from '../../k2/v1/LevelHistory.ts';
import type { LevelHistoryRequest as _k2_v1_LevelHistoryRequest, LevelHistoryRequest__Output as _k2_v1_LevelHistoryRequest__Output } from '../../k2/v1/LevelHistoryRequest.ts';
import type { LevelState as _k2_v1_LevelState, LevelState__Output as _k2_v1_LevelState__Output } from '../../k2/v1/LevelState.ts';
import type { OverrideLevelRequest as _k2_v1_OverrideLevelRequest, OverrideLevelRequest__Output as _k2_v1_OverrideLevelRequest__Output } from '../../k2/v1/OverrideLevelRequest.ts';
import type { PressureReport as _k2_v1_PressureReport, PressureReport__Output as _k2_v1_PressureReport__Output } from '../../k2/v1/PressureReport.ts';

export interface DegradationServiceClient extends grpc.Client {
  Get(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Get(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Get(argument: _k2_v1_GetLevelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Get(argument: _k2_v1_GetLevelRequest, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  get(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  get(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  get(argument: _k2_v1_GetLevelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  get(argument: _k2_v1_GetLevelRequest, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  
  History(argument: _k2_v1_LevelHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  History(argument: _k2_v1_LevelHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  History(argument: _k2_v1_LevelHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  History(argument: _k2_v1_LevelHistoryRequest, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  history(argument: _k2_v1_LevelHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  history(argument: _k2_v1_LevelHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  history(argument: _k2_v1_LevelHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  history(argument: _k2_v1_LevelHistoryRequest, callback: grpc.requestCallback<_k2_v1_LevelHistory__Output>): grpc.ClientUnaryCall;
  
  Override(argument: _k2_v1_OverrideLevelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Override(argument: _k2_v1_OverrideLevelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Override(argument: _k2_v1_OverrideLevelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Override(argument: _k2_v1_OverrideLevelRequest, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  override(argument: _k2_v1_OverrideLevelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  override(argument: _k2_v1_OverrideLevelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  override(argument: _k2_v1_OverrideLevelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  override(argument: _k2_v1_OverrideLevelRequest, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  
  Report(argument: _k2_v1_PressureReport, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Report(argument: _k2_v1_PressureReport, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Report(argument: _k2_v1_PressureReport, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  Report(argument: _k2_v1_PressureReport, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  report(argument: _k2_v1_PressureReport, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  report(argument: _k2_v1_PressureReport, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  report(argument: _k2_v1_PressureReport, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  report(argument: _k2_v1_PressureReport, callback: grpc.requestCallback<_k2_v1_LevelState__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_LevelState__Output>;
  Watch(argument: _k2_v1_GetLevelRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_LevelState__Output>;
  watch(argument: _k2_v1_GetLevelRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_LevelState__Output>;
  watch(argument: _k2_v1_GetLevelRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_LevelState__Output>;
  
}

export interface DegradationServiceHandlers extends grpc.UntypedServiceImplementation {
  Get: grpc.handleUnaryCall<_k2_v1_GetLevelRequest__Output, _k2_v1_LevelState>;
  
  History: grpc.handleUnaryCall<_k2_v1_LevelHistoryRequest__Output, _k2_v1_LevelHistory>;
  
  Override: grpc.handleUnaryCall<_k2_v1_OverrideLevelRequest__Output, _k2_v1_LevelState>;
  
  Report: grpc.handleUnaryCall<_k2_v1_PressureReport__Output, _k2_v1_LevelState>;
  
  Watch: grpc.handleServerStreamingCall<_k2_v1_GetLevelRequest__Output, _k2_v1_LevelState>;
  
}

export interface DegradationServiceDefinition extends grpc.ServiceDefinition {
  Get: MethodDefinition<_k2_v1_GetLevelRequest, _k2_v1_LevelState, _k2_v1_GetLevelRequest__Output, _k2_v1_LevelState__Output>
  History: MethodDefinition<_k2_v1_LevelHistoryRequest, _k2_v1_LevelHistory, _k2_v1_LevelHistoryRequest__Output, _k2_v1_LevelHistory__Output>
  Override: MethodDefinition<_k2_v1_OverrideLevelRequest, _k2_v1_LevelState, _k2_v1_OverrideLevelRequest__Output, _k2_v1_LevelState__Output>
  Report: MethodDefinition<_k2_v1_PressureReport, _k2_v1_LevelState, _k2_v1_PressureReport__Output, _k2_v1_LevelState__Output>
  Watch: MethodDefinition<_k2_v1_GetLevelRequest, _k2_v1_LevelState, _k2_v1_GetLevelRequest__Output, _k2_v1_LevelState__Output>
}
