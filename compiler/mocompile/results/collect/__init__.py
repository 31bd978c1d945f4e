"""Takes the logs of a set out of a cluster, with what that says of each container, into a folder to parse.

api.py         the few requests, through the package `kubernetes`
stream.py      one container's log on disk, each line once however often the stream breaks
facts.py       what the API's objects say, as the entries of set.json
folder.py      the output folder
collector.py   watches the set, follows its containers, knows when all is there
"""
