{{/* What any pod of the chart is: nobody, who can write to the folders it is given alone. */}}

{{- define "k2.podSecurity" -}}
automountServiceAccountToken: false
# A Service called k2-query-service would become variables K2_QUERY_SERVICE_…, which are no settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - { name: {{ . }} }
  {{- end }}
{{- end }}
{{- end -}}

{{- define "k2.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "k2.mounts" -}}
{{- with .Values }}
{{- if .access.keys.secret }}
- { name: keys, mountPath: /etc/k2/keys, readOnly: true }
{{- end }}
{{- if .access.tls.secret }}
- { name: tls, mountPath: /etc/k2/tls, readOnly: true }
{{- end }}
{{- if .access.clientCa.secret }}
- { name: clients, mountPath: /etc/k2/clients, readOnly: true }
{{- end }}
{{- if or .files.secret .files.configMap }}
- { name: files, mountPath: /etc/k2/files, readOnly: true }
{{- end }}
{{- end }}
{{- end -}}

{{/* Whole folders, so that a changed Secret is seen: it is read again. */}}
{{- define "k2.volumes" -}}
{{- with .Values }}
{{- if .access.keys.secret }}
- name: keys
  secret: { secretName: {{ .access.keys.secret }}, defaultMode: 0440, items: [{ key: {{ .access.keys.file }}, path: {{ .access.keys.file }} }] }
{{- end }}
{{- if .access.tls.secret }}
- name: tls
  secret: { secretName: {{ .access.tls.secret }}, defaultMode: 0440 }
{{- end }}
{{- if .access.clientCa.secret }}
- name: clients
  secret: { secretName: {{ .access.clientCa.secret }}, defaultMode: 0440, items: [{ key: {{ .access.clientCa.file }}, path: {{ .access.clientCa.file }} }] }
{{- end }}
{{- end }}
{{- include "k2.files" . }}
{{- end -}}

{{- define "k2.files" -}}
{{- with .Values }}
{{- if or .files.secret .files.configMap }}
- name: files
  projected:
    defaultMode: 0440
    sources:
      {{- with .files.secret }}
      - secret: { name: {{ . }} }
      {{- end }}
      {{- with .files.configMap }}
      - configMap: { name: {{ . }} }
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "k2.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources: { requests: { storage: {{ .size }} } }
{{- end -}}

{{/*
Live asks health alone, which no outage elsewhere makes unwell. Ready asks gRPC where it is the service's door: the same
health, by the way that clients come. The kubelet speaks no TLS there, and asks the port of probes, which has none.
*/}}
{{- define "k2.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: probes }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: probes }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  {{- if and .fact.grpc (not .root.Values.access.tls.secret) }}
  grpc: { port: {{ .fact.grpc }} }
  {{- else }}
  httpGet: { path: /health/ready, port: probes }
  {{- end }}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{/* of: a dict of root, name, fact, service */}}
{{- define "k2.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $service := .service -}}
{{- $fullname := include "k2.fullname" $root -}}
metadata:
  labels:
    {{- include "k2.selector" . | nindent 4 }}
    {{- with $service.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Pods begin anew where what they are told by these changes.
    checksum/settings: {{ print (include "k2.settings" $root) (include "k2.secrets" $root) | sha256sum }}
    {{- with $service.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ $fullname }}-{{ .name }}
  {{- include "k2.podSecurity" $root | nindent 2 }}
  terminationGracePeriodSeconds: {{ $values.termination.graceSeconds }}
  {{- with default $values.priorityClassName $service.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.topologySpread }}
  topologySpreadConstraints:
    {{- range . }}
    - {{ omit . "labelSelector" | toYaml | nindent 6 | trim }}
      labelSelector:
        matchLabels:
          {{- include "k2.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
  {{- with get $service $field }}
  {{ $field }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "k2.image" . }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      {{- if eq .name "csv-loader" }}
      args: [load, --watch, /data/in, --exchange, {{ $service.exchange }}]
      {{- end }}
      securityContext:
        {{- include "k2.containerSecurity" $root | nindent 8 }}
      envFrom:
        {{- include "k2.envFrom" $root | nindent 8 }}
      env:
        {{- include "k2.env" . | trim | nindent 8 }}
      ports:
        - { name: probes, containerPort: {{ .fact.probes }} }
        {{- with .fact.grpc }}
        - { name: grpc, containerPort: {{ . }} }
        {{- end }}
        {{- with .fact.rest }}
        - { name: rest, containerPort: {{ . }} }
        {{- end }}
      {{- include "k2.probes" . | nindent 6 }}
      lifecycle:
        preStop: { exec: { command: [sleep, {{ $values.termination.preStopSeconds | quote }}] } }
      resources:
        {{- toYaml $service.resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /var/lib/k2 }
        - { name: tmp, mountPath: /tmp }
        {{- if eq .name "csv-loader" }}
        - { name: incoming, mountPath: /data/in, readOnly: {{ $service.incoming.claim | empty | not }} }
        {{- end }}
        {{- with include "k2.mounts" $root | trim }}
        {{- . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- if eq $service.storage.kind "emptyDir" }}
    - name: data
      emptyDir: { sizeLimit: {{ $service.storage.size }} }
    {{- else if eq .fact.kind "Deployment" }}
    - name: data
      ephemeral:
        volumeClaimTemplate:
          spec:
            {{- include "k2.claim" $service.storage | nindent 12 }}
    {{- end }}
    {{- if eq .name "csv-loader" }}
    - name: incoming
      persistentVolumeClaim: { claimName: {{ default (printf "%s-incoming" $fullname) $service.incoming.claim }} }
    {{- end }}
    {{- with include "k2.volumes" $root | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}
