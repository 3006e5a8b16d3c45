"""Harmonizing over HTTP: docs/service.md.

A request's body is received into a folder of its own, its limits checked as it comes (`uploads`); worker processes
(`crew`, `worker`) look at the headers of what came (`declared`) before they decode anything, and do the work (`work`)
by the same functions as the command line. Batches (`jobs`) go through `accord.batch`. `app` puts it together.
"""
