"""Namespaces of its own for one forked kernel, inside what bubblewrap left of the machine.

Two steps in two processes, because a process's children, not itself, enter a new pid namespace:
`leave` in the fork, `furnish` in the fork's child. bubblewrap's own isolation is shared by all
kernels of a warm process; this is what keeps them apart from each other.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from course.grading.sandbox import linux
from course.grading.sandbox.limits import Limits

# Who a kernel is inside. Not 0: nothing that asks "am I root?" may think so.
USER = 1000
# Which user of the machine that is when root grades: nobody, so that the system's limit on a
# user's processes holds (it does not for root) and root's files are not the student's.
NOBODY = 65534
# Where everything lies that a kernel may write.
PRIVATE = "/sandbox"
HOME = f"{PRIVATE}/home"
WORK = f"{HOME}/work"
_APART = linux.NEW_NS | linux.NEW_PID | linux.NEW_NET | linux.NEW_IPC | linux.NEW_UTS


def leave(zygote: socket.socket) -> None:
    """Enter a new user namespace and own the others in it; `map_user` answers at the other end."""
    linux.unshare(linux.NEW_USER)
    # The number of a process differs between namespaces; an open folder in /proc does not.
    here = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    socket.send_fds(zygote, [b"map"], [here])
    os.close(here)
    if zygote.recv(16) != b"mapped":
        raise OSError("the user of the sandbox could not be set")
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    linux.unshare(_APART)


def map_user(fork: socket.socket) -> None:
    """In the warm process: say who the fork's user is outside; only its parent may choose."""
    _, (process, *_), _, _ = socket.recv_fds(fork, 16, 1)
    try:
        with suppress(OSError):
            _write(process, "setgroups", "deny")
        own = (os.geteuid(), os.getegid())
        try:
            _map(process, *((NOBODY, NOBODY) if own[0] == 0 else own))
        except PermissionError:
            # Root of a container that has no user but root.
            _map(process, *own)
    finally:
        os.close(process)
    fork.send(b"mapped")


def _map(process: int, user: int, group: int) -> None:
    _write(process, "uid_map", f"{USER} {user} 1")
    _write(process, "gid_map", f"{USER} {group} 1")


def _write(process: int, name: str, text: str) -> None:
    file = os.open(name, os.O_WRONLY, dir_fd=process)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def furnish(limits: Limits, kept: list[str]) -> None:
    """Private files, /proc, host name and loopback; every place that can be written is new.

    kept: read-only folders of the environment; one that lies in /tmp must stay in sight.
    """
    linux.mount("none", "/", "", linux.RECURSIVE | linux.PRIVATE)
    plain = linux.NO_SUID | linux.NO_DEVICES
    # One file system for all three places, so that one size holds for their sum.
    options = f"size={limits.tmp_mb}m,nr_inodes=65536,mode=755"
    linux.mount("tmpfs", PRIVATE, "tmpfs", plain, options)
    os.makedirs(WORK)
    for place, name in (("/tmp", "tmp"), ("/dev/shm", "shm")):
        inside = Path(PRIVATE, name)
        inside.mkdir(mode=0o700)
        _keep(place, inside, kept)
        linux.mount(str(inside), place, "", linux.BIND | linux.RECURSIVE)
    linux.mount("tmpfs", "/dev/pts", "tmpfs", plain | linux.READ_ONLY, "size=4k")
    _own_proc(plain | linux.NO_EXEC)
    linux.hostname("sandbox")
    linux.loopback_up()


def _keep(place: str, inside: Path, kept: list[str]) -> None:
    for folder in kept:
        if Path(folder).is_relative_to(place):
            stays = inside / Path(folder).relative_to(place)
            stays.mkdir(parents=True, exist_ok=True)
            linux.mount(folder, str(stays), "", linux.BIND | linux.RECURSIVE)


def _own_proc(flags: int) -> None:
    try:
        linux.mount("proc", "/proc", "proc", flags)
    except PermissionError:
        # Inside a container that hides parts of /proc no new one may be mounted. An empty folder
        # is better than the machine's: that shows every process with its environment.
        linux.mount("tmpfs", "/proc", "tmpfs", flags | linux.READ_ONLY, "size=4k,mode=555")
