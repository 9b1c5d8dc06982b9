"""`python -m course.incidents [--check]`; see `course.incidents.build`."""

from __future__ import annotations

import sys

from course.incidents.build import main

sys.exit(main())
