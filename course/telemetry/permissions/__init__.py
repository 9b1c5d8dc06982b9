"""Whether IAM lets a request through, and what AWS writes when it does not."""

from course.telemetry.permissions.documents import Policy
from course.telemetry.permissions.evaluation import Decision, Policies, Request, decide
from course.telemetry.permissions.wording import PHRASES, denial, error_code

__all__ = [
    "PHRASES",
    "Decision",
    "Policies",
    "Policy",
    "Request",
    "decide",
    "denial",
    "error_code",
]
