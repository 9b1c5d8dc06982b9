"""JupyterHub with this course on one server, where everybody has an account of the machine.

A class works here as nbgrader means it to: students fetch and submit through an exchange, and the
instructors share one server of the course, a service of the Hub that belongs to an account of its
own. docs/jupyterhub.md explains each part.
"""

import os
from pathlib import Path

from course.study.lab import SETTINGS

c = get_config()  # noqa: F821, its loader gives it; an imported one is another

# The same name as c.CourseDirectory.course_id in the course's nbgrader_config.py.
COURSE = "aws-troubleshooting"
INSTRUCTORS = {"instructor"}
STUDENTS = {"ada", "ben"}
# Owns the course's folder (source, gradebook) and runs its server; nobody logs in as this.
GRADER = "grader-aws"
FOLDER = "/srv/courses/aws-troubleshooting"
EXCHANGE = "/srv/nbgrader/exchange"

c.Authenticator.allowed_users = INSTRUCTORS | STUDENTS

# nbgrader reads these two names: formgrade- is for instructors, nbgrader- for students.
c.JupyterHub.load_groups = {
    f"formgrade-{COURSE}": {"users": sorted(INSTRUCTORS)},
    f"nbgrader-{COURSE}": {"users": sorted(STUDENTS)},
}
SERVICE = f"service={COURSE}"
c.JupyterHub.load_roles = [
    {
        "name": f"formgrade-{COURSE}",
        "groups": [f"formgrade-{COURSE}"],
        # To open the course's server, and to find it in nbgrader's list of courses.
        "scopes": [
            f"access:services!{SERVICE}",
            f"list:services!{SERVICE}",
            f"read:services!{SERVICE}",
        ],
    },
]
# What nbgrader may ask the Hub in somebody's name: their groups, and the courses that they teach.
# The Hub takes away again what its owner may not do: a student's server sees no service.
c.Spawner.server_token_scopes = [
    "users:activity!user",
    "access:servers!server",
    "read:users:groups!user",
    f"list:services!{SERVICE}",
    f"read:services!{SERVICE}",
]

# Where nbgrader_config.py of this folder lies; every server reads it.
settings = {
    "JUPYTER_CONFIG_PATH": str(Path(__file__).resolve().parent),
    "NBGRADER_EXCHANGE": EXCHANGE,
}
c.Spawner.environment = settings
# JupyterLab asks the network for no news, and sends a widget's messages to the kernel in order.
c.Spawner.args = [f"--LabApp.app_settings_dir={SETTINGS}"]
# One lesson is graded within 2 GB. The spawner for accounts of the machine does not enforce these.
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1

# The service's own secret seed for hidden tests; only a file that root can read should hold it.
SEED = os.environ.get("COURSE_SEED")

c.JupyterHub.services = [
    {
        "name": COURSE,
        "url": "http://127.0.0.1:9990",
        "command": ["jupyterhub-singleuser"],
        "user": GRADER,
        "cwd": FOLDER,
        # Instructors are not asked whether they trust their own course.
        "oauth_no_confirm": True,
        "environment": settings | ({"COURSE_SEED": SEED} if SEED else {}),
    },
]
