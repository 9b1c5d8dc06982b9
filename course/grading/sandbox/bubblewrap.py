"""What the warm process sees of the machine: a read-only system, its environment, nothing else.

bubblewrap (`bwrap`, a Debian package) makes new namespaces with a file system of listed folders; it
needs root, or a system on which ordinary users may make user namespaces. `isolation` goes further
for each kernel, and needs the same.
"""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import course

# Links and settings that libraries read; nothing here names a user or holds a password.
_SETTINGS = (
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "ssl/certs",
)
_PROBE_S = 20
# No import from the working folder, but by this line: with Python's option for it, IPython would
# not let a notebook import its neighbours later. In the sandbox a clone's folder holds this package
# and nothing else.
_PATH = """
import sys
sys.path.remove("")
import importlib.util
if importlib.util.find_spec("course") is None:
    sys.path.append({clone!r})
"""
# What happens for each kernel, in the order of `isolation`: user first, then the rest.
_PROBE = """
import os, sys
from course.grading.sandbox import linux
linux.unshare(linux.NEW_USER)
linux.unshare(linux.NEW_NS | linux.NEW_PID | linux.NEW_NET | linux.NEW_IPC | linux.NEW_UTS)
pid = os.fork()
if pid == 0:
    linux.mount("none", "/", "", linux.RECURSIVE | linux.PRIVATE)
    linux.mount("tmpfs", "/tmp", "tmpfs", linux.NO_SUID)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@functools.cache
def why_not() -> str | None:
    """Why no sandbox can be made here, in one line; None where it works. Tried once."""
    if sys.platform != "linux":
        return f"bubblewrap needs Linux; this is {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bwrap is not installed (Debian and Ubuntu: apt install bubblewrap)"
    try:
        tried = subprocess.run(
            command(python(_PROBE), variables("/tmp")),
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not start: {error}"
    if tried.returncode == 0:
        return None
    said = (tried.stderr.strip() or "no reason given").splitlines()[-1]
    return f"bwrap cannot make a sandbox here: {said}{_hint()}"


def _hint() -> str:
    switches = (
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ("/proc/sys/user/max_user_namespaces", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    )
    for path, value in switches:
        file = Path(path)
        if os.geteuid() != 0 and file.exists() and file.read_text().strip() == value:
            return f" ({path} is {value}: ordinary users may make no user namespaces)"
    return ""


def python(program: str) -> list[str]:
    """Python that takes this package from here, installed or not."""
    return [
        sys.executable,
        "-c",
        _PATH.format(clone=str(Path(course.__path__[0]).parent)) + program,
    ]


def command(run: list[str], seen: Mapping[str, str]) -> list[str]:
    """`run` inside a sandbox; open files that are passed on stay open in it."""
    root = os.geteuid() == 0
    words = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    # Root keeps its rights in here to choose another user for each kernel; kernels get none of
    # them. Anybody else has rights over namespaces only inside one of their own.
    words += ["--cap-add", "ALL"] if root else ["--unshare-user"]
    words += ["--bind", "/proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/sandbox"]
    words += [word for folder in _system() for word in folder]
    words += [word for folder in environment() for word in _bound(folder)]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    for name, value in seen.items():
        words += ["--setenv", name, value]
    return [*words, "--", *run]


def variables(home: str) -> dict[str, str]:
    """The whole environment of the warm process and, with another home, of a kernel."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def environment() -> list[str]:
    """Folders that Python needs: itself, its packages, this package (not the clone around it)."""
    wanted = {sys.prefix, sys.base_prefix, sys.exec_prefix, *course.__path__}
    if site.ENABLE_USER_SITE and site.USER_SITE:
        wanted.add(site.USER_SITE)
    found = {Path(folder).absolute() for folder in wanted if Path(folder).is_dir()}
    # The links in a virtual environment's bin may lead on to where Python really is.
    found.add(Path(sys.executable).resolve().parent.parent)
    inner = {one for one in found if any(other in one.parents for other in found)}
    # Outer folders first; those inside another, or in /usr, are there with it.
    return sorted(str(one) for one in found - inner if not one.is_relative_to("/usr"))


def _bound(folder: str) -> list[str]:
    # Folders on the way that bubblewrap makes by itself are open to nobody but their owner.
    way = [parent for parent in reversed(Path(folder).parents) if parent != Path("/")]
    words = [word for parent in way for word in ("--perms", "0755", "--dir", str(parent))]
    return [*words, "--ro-bind", folder, folder]


def _system() -> list[list[str]]:
    words = [["--ro-bind", "/usr", "/usr"]]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        top = Path("/", name)
        if top.is_symlink():
            words.append(["--symlink", os.readlink(top), str(top)])
        elif top.is_dir():
            words.append(["--ro-bind", str(top), str(top)])
    words += [["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"] for name in _SETTINGS]
    return words
