{{- /* The names of this release. */ -}}

{{- /* The set's name: that of the release; in a chart of several charts, with the name of this one, or its alias. */ -}}
{{- define "mocompile.name" -}}
{{- $name := .Release.Name -}}
{{- if contains "/charts/" .Template.BasePath -}}
{{- $name = printf "%s-%s" $name .Chart.Name -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "the release name %q: lower-case letters, digits and '-' only, a letter first" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- /* The names of pods are made of the set's, .pods says how, and have 63 characters at most (the JobSet API). */ -}}
{{- define "mocompile.requireShort" -}}
{{- $name := include "mocompile.name" .root -}}
{{- $pods := fromYaml .pods -}}
{{- range $pods.suffixes -}}
{{- if gt (len (printf "%s%s" $name .)) 63 -}}
{{- fail (printf "the release name %q is too long: its pods would be named %s%s, and a name has 63 characters at most; %d are left for the release" $name $name . (sub 63 (len .))) -}}
{{- end -}}
{{- end -}}
{{- if hasKey $pods "subdomain" -}}
{{- include "mocompile.requireShortHosts" (dict "root" .root "pods" $pods "name" $name) -}}
{{- end -}}
{{- end -}}

{{- /* Where full host names are set, the kernel takes 64 characters. Helm says "default" where nobody gave a namespace, */ -}}
{{- /* and what it renders may go to another: that one has one character at least. */ -}}
{{- define "mocompile.requireShortHosts" -}}
{{- $namespace := ternary "?" .root.Release.Namespace (eq .root.Release.Namespace "default") -}}
{{- $domain := printf "%s.%s.svc.cluster.local" (default .name .pods.subdomain) $namespace -}}
{{- $name := .name -}}
{{- range .pods.suffixes -}}
{{- $host := printf "%s%s.%s" $name (trimSuffix "-abcde" .) $domain -}}
{{- if gt (len $host) 64 -}}
{{- fail (printf "the host name %s has %d characters, and Linux takes at most 64: shorten the release name, serviceName or the namespace" $host (len $host)) -}}
{{- end -}}
{{- end -}}
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
