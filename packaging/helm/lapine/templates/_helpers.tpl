{{- define "lapine.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}-lapine
{{- end }}
{{- define "lapine.labels" -}}
app.kubernetes.io/name: lapine
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "lapine.secret" -}}
{{ .Values.auth.existingPasswordSecret | default (include "lapine.name" .) }}
{{- end }}
