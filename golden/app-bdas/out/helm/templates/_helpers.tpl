{{- /* The names of this release. */ -}}

{{- /* The set's name: that of the release. Job and pod names are made of it, and have 63 characters at most. */ -}}
{{- define "mocompile.name" -}}
{{- $name := .Release.Name -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "the release name %q: lower-case letters, digits and '-' only, a letter first" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "mocompile.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "mocompile.chartName" -}}
{{- .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "mocompile.instance" -}}
{{- .Release.Name -}}
{{- end -}}

{{- define "mocompile.managedBy" -}}
{{- .Release.Service -}}
{{- end -}}
