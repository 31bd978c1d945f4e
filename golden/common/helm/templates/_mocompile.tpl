{{- /*
What every chart made by mocompile needs. Values arrive as numbers where a person left the quotes out (--set tag=4), and
as floats where a values file has integers; text may hold whatever YAML, Go or the kubelet would take for its own.
Each helper prints text, and reads nothing but what it is given.
*/ -}}

{{- /* Any value as JSON that every reader of YAML takes as it is. JSON leaves some raw that YAML does not, and that turn the direction of writing. */ -}}
{{- define "mocompile.json" -}}
{{- $json := toRawJson . -}}
{{- if regexMatch "[\\x{7f}-\\x{9f}\\x{61c}\\x{200e}\\x{200f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\x{feff}\\x{fffe}\\x{ffff}]" $json -}}
{{- range concat (untilStep 127 160 1) (untilStep 8234 8239 1) (untilStep 8294 8298 1) (list 1564 8206 8207 65279 65534 65535) -}}
{{- $json = replace (printf "%c" .) (printf "\\u%04x" .) $json -}}
{{- end -}}
{{- end -}}
{{- $json -}}
{{- end -}}

{{- /* Refuses values that came as another text than was written, or hold what no text may; .paths has the keys of those that */ -}}
{{- /* are text, lists of text, or mappings to text. */ -}}
{{- define "mocompile.requireText" -}}
{{- include "mocompile.requireCharacters" (dict "value" (omit .values "global") "path" "values") -}}
{{- $values := .values -}}
{{- range $keys := .paths -}}
{{- $value := $values -}}
{{- range $keys -}}
{{- if kindIs "map" $value -}}{{- $value = get $value . -}}{{- else -}}{{- $value = dict -}}{{- end -}}
{{- end -}}
{{- include "mocompile.requireSpelled" (dict "value" $value "path" (join "." $keys)) -}}
{{- end -}}
{{- end -}}

{{- /* A values file has every number as a float: 1.0 is 1 by then, and a long one has other digits. */ -}}
{{- define "mocompile.requireSpelled" -}}
{{- $path := .path -}}
{{- if kindIs "float64" .value -}}
{{- fail (printf "%s is text, and came as the number %s, which may be spelled otherwise where it was written (1.0, 0x10, a long one): put it into quotes" $path (toRawJson .value)) -}}
{{- else if or (kindIs "map" .value) (kindIs "slice" .value) -}}
{{- range $key, $each := .value -}}
{{- include "mocompile.requireSpelled" (dict "value" $each "path" (printf "%s.%v" $path $key)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "mocompile.requireCharacters" -}}
{{- $path := .path -}}
{{- if kindIs "string" .value -}}
{{- if regexMatch "[\\x{00}-\\x{08}\\x{0b}\\x{0c}\\x{0e}-\\x{1f}\\x{7f}-\\x{9f}\\x{fffe}\\x{ffff}]" (print $path .value) -}}
{{- fail (printf "%q has a control character, which no text may hold: %q" $path .value) -}}
{{- end -}}
{{- else if or (kindIs "map" .value) (kindIs "slice" .value) -}}
{{- range $key, $each := .value -}}
{{- include "mocompile.requireCharacters" (dict "value" $each "path" (printf "%s.%v" $path $key)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* A scalar as text: integers in decimal, true, false, and nothing for null. */ -}}
{{- define "mocompile.text" -}}
{{- if kindIs "string" . -}}
{{- . -}}
{{- else if not (kindIs "invalid" .) -}}
{{- toRawJson . -}}
{{- end -}}
{{- end -}}

{{- /* A scalar as text for the kubelet, which reads $(NAME) and $$ in env, command and args. */ -}}
{{- define "mocompile.podText" -}}
{{- include "mocompile.text" . | replace "$" "$$" -}}
{{- end -}}

{{- /* A scalar as a JSON string. */ -}}
{{- define "mocompile.string" -}}
{{- include "mocompile.json" (include "mocompile.text" .) -}}
{{- end -}}

{{- /* A scalar as a JSON string for the kubelet. */ -}}
{{- define "mocompile.podString" -}}
{{- include "mocompile.json" (include "mocompile.podText" .) -}}
{{- end -}}

{{- /* An integer, if every reader of JSON keeps it exactly. */ -}}
{{- define "mocompile.exact" -}}
{{- if or (gt . 9007199254740991) (lt . -9007199254740991) -}}
{{- fail (printf "%d is beyond the integers that every reader keeps exactly, 9007199254740991 either way" .) -}}
{{- end -}}
{{- . -}}
{{- end -}}

{{- /* Arithmetic on a list of two integers. */ -}}
{{- define "mocompile.add" -}}
{{- include "mocompile.exact" (add (int64 (first .)) (int64 (last .))) -}}
{{- end -}}

{{- define "mocompile.sub" -}}
{{- include "mocompile.exact" (sub (int64 (first .)) (int64 (last .))) -}}
{{- end -}}

{{- define "mocompile.mul" -}}
{{- $left := int64 (first .) -}}
{{- $right := int64 (last .) -}}
{{- $product := mul $left $right -}}
{{- /* A product beyond 64 bits wraps, and dividing it does not give the other factor back. */ -}}
{{- if and (ne $left 0) (ne (div $product $left) $right) -}}
{{- fail (printf "%d * %d is beyond the integers that every reader keeps exactly" $left $right) -}}
{{- end -}}
{{- include "mocompile.exact" $product -}}
{{- end -}}

{{- /* The remainder has the sign of the divisor, and the quotient is rounded down; Go's own do neither. */ -}}
{{- define "mocompile.floorMod" -}}
{{- $left := int64 (first .) -}}
{{- $right := int64 (last .) -}}
{{- if eq $right 0 -}}
{{- fail (printf "division by zero: %d %% 0" $left) -}}
{{- end -}}
{{- mod (add (mod $left $right) $right) $right -}}
{{- end -}}

{{- define "mocompile.floorDiv" -}}
{{- $left := int64 (first .) -}}
{{- $right := int64 (last .) -}}
{{- if eq $right 0 -}}
{{- fail (printf "division by zero: %d // 0" $left) -}}
{{- end -}}
{{- div (sub $left (int64 (include "mocompile.floorMod" .))) $right -}}
{{- end -}}

{{- /* A structure as JSON whose numbers are Kubernetes quantities: text. */ -}}
{{- define "mocompile.quantities" -}}
{{- if kindIs "map" . -}}
{{- $entries := list -}}
{{- range $key, $value := . -}}
{{- $entries = append $entries (printf "%s:%s" (include "mocompile.json" $key) (include "mocompile.quantities" $value)) -}}
{{- end -}}
{{- printf "{%s}" (join "," $entries) -}}
{{- else if kindIs "slice" . -}}
{{- $items := list -}}
{{- range . -}}
{{- $items = append $items (include "mocompile.quantities" .) -}}
{{- end -}}
{{- printf "[%s]" (join "," $items) -}}
{{- else if or (kindIs "bool" .) (kindIs "invalid" .) -}}
{{- include "mocompile.json" . -}}
{{- else -}}
{{- include "mocompile.string" . -}}
{{- end -}}
{{- end -}}

{{- /* A mapping to scalars as JSON whose values are text. */ -}}
{{- define "mocompile.texts" -}}
{{- $entries := list -}}
{{- range $key, $value := . -}}
{{- $entries = append $entries (printf "%s:%s" (include "mocompile.json" $key) (include "mocompile.string" $value)) -}}
{{- end -}}
{{- printf "{%s}" (join "," $entries) -}}
{{- end -}}

{{- /* Several mappings to scalars as one, as JSON whose values are text; a later one replaces keys of those before. */ -}}
{{- define "mocompile.mergedTexts" -}}
{{- $merged := dict -}}
{{- range . -}}
{{- range $key, $value := . -}}
{{- $_ := set $merged $key $value -}}
{{- end -}}
{{- end -}}
{{- include "mocompile.texts" $merged -}}
{{- end -}}

{{- /* A pod's affinity as JSON, or null; with the term that keeps the set's pods on nodes of their own where .alone is true. */ -}}
{{- define "mocompile.soleTenancy" -}}
{{- $affinity := deepCopy (default dict .affinity) -}}
{{- if .alone -}}
{{- $exists := dict "key" "jobset.sigs.k8s.io/replicatedjob-name" "operator" "Exists" -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchExpressions" (list $exists)) "matchLabelKeys" (list "jobset.sigs.k8s.io/jobset-name") -}}
{{- $apart := default dict $affinity.podAntiAffinity -}}
{{- $required := default list $apart.requiredDuringSchedulingIgnoredDuringExecution -}}
{{- $_ := set $apart "requiredDuringSchedulingIgnoredDuringExecution" (append $required $term) -}}
{{- $_ = set $affinity "podAntiAffinity" $apart -}}
{{- end -}}
{{- include "mocompile.json" (ternary $affinity nil (gt (len $affinity) 0)) -}}
{{- end -}}

{{- /* A mapping of keys to paths as JSON: what a volume of a ConfigMap has under items. */ -}}
{{- define "mocompile.keyPaths" -}}
{{- $items := list -}}
{{- range $key, $path := . -}}
{{- $items = append $items (dict "key" $key "path" $path) -}}
{{- end -}}
{{- include "mocompile.json" $items -}}
{{- end -}}

{{- /* A pod's imagePullSecrets as JSON: .written, then those of .names that are neither empty nor there already. */ -}}
{{- define "mocompile.pullSecrets" -}}
{{- $secrets := default list .written -}}
{{- $known := dict "" true -}}
{{- range $secrets -}}
{{- $_ := set $known (default "" .name) true -}}
{{- end -}}
{{- range .names -}}
{{- if not (hasKey $known .) -}}
{{- $_ := set $known . true -}}
{{- $secrets = append $secrets (dict "name" .) -}}
{{- end -}}
{{- end -}}
{{- include "mocompile.json" (ternary $secrets nil (gt (len $secrets) 0)) -}}
{{- end -}}
