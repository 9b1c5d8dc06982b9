"""The few system calls that Python 3.11 has no name for (namespaces, mounts, capabilities).

Numbers are those of the kernel's headers: linux/sched.h, linux/mount.h, linux/prctl.h,
linux/capability.h, linux/sockios.h.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

NEW_NS, NEW_CGROUP, NEW_UTS = 0x00020000, 0x02000000, 0x04000000
NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x08000000, 0x10000000, 0x20000000, 0x40000000

READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 4096, 16384, 1 << 18

_SET_DUMPABLE, _CAPABILITY_BOUND_DROP, _NO_NEW_PRIVILEGES = 4, 24, 38
_SET_CHILD_SUBREAPER, _SET_DEATH_SIGNAL = 36, 1
_CAPABILITY_VERSION_3, _LAST_CAPABILITY = 0x20080522, 63

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _INTERFACE_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(namespaces: int) -> None:
    """Move this process (for NEW_PID: its next child) into new namespaces."""
    _checked(_libc.unshare(ctypes.c_int(namespaces)), "unshare")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _checked(done, f"mount {target}")


def hostname(name: str) -> None:
    _checked(_libc.sethostname(name.encode(), len(name)), "sethostname")


def loopback_up() -> None:
    """Switch on `lo` of this network namespace; a new one starts with it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        request = struct.pack("16sH14x", b"lo", flags | _INTERFACE_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def drop_capabilities() -> None:
    """Give up every right over this process's namespaces, for good and for all it starts."""
    for capability in range(_LAST_CAPABILITY + 1):
        # Numbers beyond those that this kernel knows are refused; there is nothing to drop.
        _libc.prctl(_CAPABILITY_BOUND_DROP, capability, 0, 0, 0)
    _checked(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")


def dumpable(yes: bool) -> None:
    """Whether processes of the same user may trace this one and open its files in /proc."""
    _checked(_libc.prctl(_SET_DUMPABLE, int(yes), 0, 0, 0), "dumpable")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _checked(_libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper")


def die_with_parent(signal: int) -> None:
    _checked(_libc.prctl(_SET_DEATH_SIGNAL, signal, 0, 0, 0), "pdeathsig")


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
