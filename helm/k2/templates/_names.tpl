{{/* Names, labels, images. */}}

{{- define "k2.fullname" -}}
{{- $name := default .Release.Name .Values.fullnameOverride -}}
{{- if and (not .Values.fullnameOverride) (not (contains .Chart.Name $name)) -}}{{- $name = printf "%s-%s" $name .Chart.Name -}}{{- end -}}
{{- $name | trunc 36 | trimSuffix "-" -}}
{{- end -}}

{{/* of: a dict of root, and name where it is one service's */}}
{{- define "k2.selector" -}}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/name: {{ . }}
{{- end }}
{{- end -}}

{{- define "k2.labels" -}}
{{ include "k2.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "k2.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . | trimSuffix "/" }}/{{ end }}k2/{{ .name }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}

{{/* What each service is. One of a StatefulSet is asked by name, replica by replica. */}}
{{- define "k2.facts" -}}
csv-loader: { kind: Deployment, probes: 9102 }
binance-gateway: { kind: Deployment, probes: 9101, grpc: 50054 }
iceberg-sink: { kind: Deployment, probes: 9103, surge: true }
query-service: { kind: Deployment, probes: 9105, grpc: 50051, rest: 8080, surge: true }
sequence-tracker: { kind: StatefulSet, probes: 9104, grpc: 50052 }
degradation-controller: { kind: StatefulSet, probes: 9106, grpc: 50053 }
{{- end -}}

{{/* host:port of each replica of a StatefulSet; nothing where it is not enabled */}}
{{- define "k2.addresses" -}}
{{- $service := get .root.Values.services .name -}}
{{- $grpc := (get (include "k2.facts" . | fromYaml) .name).grpc -}}
{{- $host := printf "%s-%s" (include "k2.fullname" .root) .name -}}
{{- $all := list -}}
{{- if $service.enabled -}}
{{- range $i := until (int $service.replicas) -}}
{{- $all = append $all (printf "%s-%d.%s:%d" $host $i $host (int $grpc)) -}}
{{- end -}}
{{- end -}}
{{- join "," $all -}}
{{- end -}}

{{/* A value as a setting is written: Helm has large whole numbers as floats, and would print 1e+10. */}}
{{- define "k2.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ printf "%.0f" . }}{{ else }}{{ toString . }}{{ end -}}
{{- end -}}
