"""The engines that are compared, a module each, imported in processes of their own (../worker.py).

A module has a function `version` and a class `Engine`, made from a job (a dict that ../jobs.py writes):
`run(images)` returns the net's output as an array that the next run may overwrite. An engine that trains has a
class `Trainer`: `step()` is one iteration, `loss()` that of the last one.
"""
