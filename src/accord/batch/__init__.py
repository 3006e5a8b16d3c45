"""Many pictures through processes on this machine, safe to kill at any moment: docs/batch.md.

sources or a manifest -> jobs -> `run` hands them to spawned workers, each of which reads one picture while it
harmonizes another and writes a third -> outputs that appear whole, and a journal of what is done beside them.
"""
