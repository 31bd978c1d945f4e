{{- define "mocompile.pods.mpi-tasks" }}
suffixes:
  - "-l-0-0-abcde"
  {{- if gt (int64 .Values.pods) 1 }}
  - {{ include "mocompile.string" (print "-w-0-" (include "mocompile.text" (include "mocompile.sub" (list (include "mocompile.sub" (list .Values.pods 1)) 1))) "-abcde") }}
  {{- end }}
  - "-l2-0-0-abcde"
  {{- if gt (int64 (index .Values.metrics "app-lulesh").pods) 1 }}
  - {{ include "mocompile.string" (print "-w2-0-" (include "mocompile.text" (include "mocompile.sub" (list (include "mocompile.sub" (list (index .Values.metrics "app-lulesh").pods 1)) 1))) "-abcde") }}
  {{- end }}
  - "-l3-0-0-abcde"
  {{- if gt (int64 .Values.pods) 1 }}
  - {{ include "mocompile.string" (print "-w3-0-" (include "mocompile.text" (include "mocompile.sub" (list (include "mocompile.sub" (list .Values.pods 1)) 1))) "-abcde") }}
  {{- end }}
fullHostNames: false
{{- end }}
