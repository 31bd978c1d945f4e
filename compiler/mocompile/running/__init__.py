"""Runs sets on a cluster: applies them a few at a time, follows and collects each, and knows in a folder what is done.

model.py       points to run, their states, and the reports to a person
journal.py     run.json in the folder: the state of each point
objects.py     what is created and deleted in the cluster
attempt.py     one point, from its objects to its result
runner.py      all points, a few at a time
reason.py      why a set cannot start, or failed: from objects of the API to one line
scheduling.py  the scheduler's words about a pod without a node
log_tail.py    the last lines of a program's log
doctor.py      would it run on this cluster? The checks:
checks.py      the answer of one
asked.py       what a set asks of a cluster
capacity.py    whether nodes and quotas have room for it
rights.py      which rights are missing
patience.py    requests that are repeated until the API server answers
"""
