"""nbgrader's settings for every server of the Hub; the course's own stand in its folder."""

import os

from nbgrader.auth import JupyterHubAuthPlugin

c = get_config()  # noqa: F821, its loader gives it; an imported one is another

c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]
# A student's lesson lies in aws-troubleshooting/01_cloudwatch: two courses may have a lesson 01.
c.Exchange.path_includes_course = True

if "JUPYTERHUB_SERVICE_NAME" not in os.environ:
    # A student's server: it shows the courses whose group nbgrader-... its owner is in.
    c.Authenticator.plugin_class = JupyterHubAuthPlugin

if "NBGRADER_ONE_ACCOUNT" in os.environ:
    # Only to try it out. Nobody can tell whose a folder is where all are one account of the
    # machine; nbgrader would take that account's name for every student's.
    c.ExchangeCollect.check_owner = False
    if "JUPYTERHUB_SERVICE_NAME" not in os.environ:
        c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
