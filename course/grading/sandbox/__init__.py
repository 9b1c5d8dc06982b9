"""Kernels for code that nobody has read: forked from a warm process, each alone in a sandbox.

`kernels.warm()` is the way in. `bubblewrap` starts one process with a read-only system and nothing
else of the machine; `zygote` is that process: it imports what lessons use, then forks a kernel on
each request. `isolation` gives the fork namespaces of its own, `warden` watches it and leaves
nothing running, `kernel` runs ipykernel in it. `provisioner` and `kernels` are what Jupyter sees.
"""
