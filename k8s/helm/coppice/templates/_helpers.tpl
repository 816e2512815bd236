{{- define "coppice.name" -}}
{{- if contains "coppice" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-coppice" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "coppice.labels" -}}
app.kubernetes.io/name: coppice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "coppice.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* The configuration: what the chart sets, and over it what the values say. */}}
{{- define "coppice.config" -}}
{{- $config := dict
  "node" (dict "data" "/var/lib/coppice")
  "listeners" (dict "mqtt" (dict "host" "0.0.0.0") "ws" (dict "host" "0.0.0.0"))
  "monitoring" (dict "enabled" true "host" "0.0.0.0")
  "log" (dict "format" "json") }}
{{- if .Values.users.secret }}
{{- $_ := set $config "security" (dict "password-file" "/etc/coppice/users/passwords") }}
{{- end }}
{{- if eq .Values.clusterMode "kubernetes" }}
{{- $size := ternary .Values.autoscaling.min .Values.replicas .Values.autoscaling.enabled }}
{{- $cluster := dict "mode" "kubernetes" "service" (printf "%s-nodes" (include "coppice.name" .)) "expected-size" $size "backups" (ternary 0 1 (lt (int $size) 2)) }}
{{- if and (gt (int $size) 1) (gt (int .Values.cluster.sizeMax) 0) }}{{ $_ := set $cluster "size-max" (max $size .Values.cluster.sizeMax) }}{{ end }}
{{- if .Values.cluster.secret }}{{ $_ := set $cluster "secret-file" "/etc/coppice/cluster/secret" }}{{ end }}
{{- $_ := set $config "cluster" $cluster }}
{{- else }}
{{- $_ := set $config "cluster" (dict "mode" "single") }}
{{- end }}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) }}
{{- end }}
