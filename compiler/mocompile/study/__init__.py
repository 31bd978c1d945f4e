"""A study: one document of kind MetricStudy, and the many sets that it stands for.

read.py        the document, with its base and its overlays
points.py      the combinations of its parameters' values
compile.py     each point to its sets, as one MetricSet after another is compiled
marks.py       the labels, the annotation and the METADATA that say which point a set is
index.py       study.json
applicationset.py    what Argo CD makes an Application of each set with
select.py      the sets that `--only` names
outputs.py     the YAML stream, and the folder of each format
"""
