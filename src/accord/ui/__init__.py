"""A workbench in the browser: docs/workbench.md.

The page holds a document (`document`): which pictures, where, which mask, method, sliders. Everything that is shown or
exported is a function of it, worked out by the same functions as the command line (`workbench`), so undo is another
document, and an export equals what the command line writes. `app` puts it behind HTTP, for this machine alone.
"""
