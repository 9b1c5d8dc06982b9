"""The instructor's side: from a folder of submissions to scores and feedback pages.

Grading is nbgrader's (its gradebook, formats and commands); `nbgrader_config.py` plugs these in:

- `intake`: may this submission be opened at all? Files and JSON only, before any of its code runs
- `repair`: deleted, copied, moved and edited cells are put right from the release, and noted
- `execute`: runs the notebook, notes time-outs and dead kernels
- `scores`: points from outputs, nothing but a clear number counts
- `feedback`: no hidden test in a student's page
- `classroom`: all of it for a class, one student's trouble never another's; `report` prints it

Not isolated: a submission's code runs with the rights of whoever grades it (docs/grading.md).
"""
