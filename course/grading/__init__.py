"""The instructor's side: from a folder of submissions to scores and feedback pages.

Grading is nbgrader's (its gradebook, formats and commands); `nbgrader_config.py` plugs these in:

- `intake`: may this submission be opened at all? Files and JSON only, before any of its code runs
- `repair`: deleted, copied, moved and edited cells are put right from the release, and noted
- `execute`: nbgrader's step that runs the cells, by way of these:
  `runs` (what a run needs and gives, kept in files), `runner` (one notebook in a kernel, within
  limits), `outputs` (what of a kernel's messages is kept), `sandbox` (where the kernels come from)
- `scores`: points from outputs, nothing but a clear number counts
- `late`: points off for late work
- `feedback`: no hidden test in a student's page
- `collect`: from the exchange, no links and nobody else's work
- `exports`: files of points for Canvas and Moodle

`classroom` does all of it for a class: the runs ahead, by `workers` or a `cluster`, then nbgrader's
steps by one writer; one student's trouble is never another's, and what is finished is kept
(`finished`, `backup`, `audit`). `verify` compares a second grading with the first; `report` prints.
`pages` are for the instructor: `summary` (what went wrong, and how often) and `similarity`.
"""
