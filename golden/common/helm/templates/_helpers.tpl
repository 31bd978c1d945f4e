{{- /* The names of this release. */ -}}

{{- /*
The templates of the set take a context: Values, Release, Chart and Template as everywhere, and
SetName, the name of both objects; Suffix, its end by content, or nothing.
*/ -}}

{{- define "mocompile.name" -}}
{{- .SetName -}}
{{- end -}}

{{- /* The subdomain, where the values have one. Two runs with one subdomain would share its Service. */ -}}
{{- define "mocompile.subdomain" -}}
{{- printf "%s%s" (include "mocompile.text" .Values.serviceName) .Suffix -}}
{{- end -}}

{{- /* The name without its end by content: that of the release; in a chart of several charts, with the name of this one, or its alias. */ -}}
{{- define "mocompile.releaseName" -}}
{{- $name := .Release.Name -}}
{{- if contains "/charts/" .Template.BasePath -}}
{{- $name = printf "%s-%s" $name .Chart.Name -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "the release name %q: lower-case letters, digits and '-' only, a letter first" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- /* The end of a name by content: a hash of what cannot change in the cluster. .jobset is the JobSet without a name, as text; .scripts are the ConfigMap's. */ -}}
{{- define "mocompile.contentSuffix" -}}
{{- $jobset := fromYaml .jobset -}}
{{- if not (hasKey $jobset "spec") -}}
{{- fail (printf "the JobSet cannot be read for the hash of its content: %v" $jobset) -}}
{{- end -}}
{{- $annotations := dict -}}
{{- range $key, $value := $jobset.metadata.annotations -}}
{{- if hasPrefix "alpha.jobset.sigs.k8s.io/" $key -}}
{{- $_ := set $annotations $key $value -}}
{{- end -}}
{{- end -}}
{{- $spec := omit $jobset.spec "suspend" "ttlSecondsAfterFinished" -}}
{{- printf "-%s" (dict "annotations" $annotations "scripts" .scripts "spec" $spec | toRawJson | sha256sum | trunc 8) -}}
{{- end -}}

{{- /* With jobset.keep, its annotations come from there alone. */ -}}
{{- define "mocompile.requireKept" -}}
{{- $keys := .keys -}}
{{- if .values.jobset.keep -}}
{{- range $group := list "jobset" "configMap" -}}
{{- range $key, $_ := (get $.values $group).annotations -}}
{{- if has $key $keys -}}
{{- fail (printf "%s.annotations has %s, which jobset.keep sets: remove one of the two; without keep, write all of its annotations by hand" $group $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The names of pods are made of the set's, .pods says how, and have 63 characters at most (the JobSet API). */ -}}
{{- define "mocompile.requireShort" -}}
{{- $end := .root.Suffix -}}
{{- $name := trimSuffix $end .root.SetName -}}
{{- $pods := fromYaml .pods -}}
{{- range $pods.suffixes -}}
{{- if gt (len (printf "%s%s%s" $name $end .)) 63 -}}
{{- fail (printf "the release name %q is too long: its pods would be named %s%s%s, and a name has 63 characters at most; %d are left for the release" $name $name $end . (sub 63 (add (len $end) (len .)))) -}}
{{- end -}}
{{- end -}}
{{- $subdomain := include "mocompile.subdomain" .root -}}
{{- if gt (len $subdomain) 63 -}}
{{- fail (printf "serviceName is too long: with the hash of the set's content it would be %s, and a name has 63 characters at most; %d are left for serviceName" $subdomain (sub 63 (len $end))) -}}
{{- end -}}
{{- if $pods.fullHostNames -}}
{{- include "mocompile.requireShortHosts" (dict "root" .root "pods" $pods "subdomain" (ternary $subdomain .root.SetName (ne $subdomain $end))) -}}
{{- end -}}
{{- end -}}

{{- /* Where full host names are set, the kernel takes 64 characters. Helm says "default" where nobody gave a namespace, */ -}}
{{- /* and what it renders may go to another: that one has one character at least. */ -}}
{{- define "mocompile.requireShortHosts" -}}
{{- $namespace := ternary "?" .root.Release.Namespace (eq .root.Release.Namespace "default") -}}
{{- $domain := printf "%s.%s.svc.cluster.local" .subdomain $namespace -}}
{{- $name := .root.SetName -}}
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
