"""The same class, to try out on your own machine; docs/jupyterhub.md says how.

Never for real students. Any password will do, and all work under your account of the machine, so
each can read whatever the others have. Everything is written to build/hub (or the folder that
COURSE_HUB names) and served at http://127.0.0.1:8000.
"""

import os
import secrets
import socket
from pathlib import Path

c = get_config()  # noqa: F821, its loader gives it; an imported one is another
load_subconfig("jupyterhub_config.py", path=str(Path(__file__).parent))  # noqa: F821, likewise

HUB = Path(os.environ.get("COURSE_HUB", "build/hub")).resolve()
(HUB / "exchange").mkdir(parents=True, exist_ok=True)
(HUB / "exchange").chmod(0o777)  # as nbgrader wants it
(HUB / "home").mkdir(exist_ok=True)


def free_address() -> str:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{tried.getsockname()[1]}"


c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(HUB / "home" / "{username}")
# They need systemd or containers; processes of one account have none.
c.Spawner.mem_limit = None
c.Spawner.cpu_limit = None

# Nothing listens beyond this machine, and two Hubs do not meet.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_bind_url = free_address()
c.ConfigurableHTTPProxy.api_url = free_address()
c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
c.ConfigurableHTTPProxy.pid_file = str(HUB / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{HUB / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(HUB / "cookie_secret")

settings = {"NBGRADER_EXCHANGE": str(HUB / "exchange"), "NBGRADER_ONE_ACCOUNT": "yes"}
c.Spawner.environment.update(settings)
service = c.JupyterHub.services[0]
service.update(url=free_address(), cwd=str(HUB / "course"))
service["environment"] = service["environment"] | settings | {"HOME": str(HUB / "home")}
# No other account: the service runs as you.
del service["user"]
# Your Hub may run as root, who must say so.
service["command"] = [*service["command"], "--allow-root"]
c.Spawner.args = [*c.Spawner.args, "--allow-root"]
