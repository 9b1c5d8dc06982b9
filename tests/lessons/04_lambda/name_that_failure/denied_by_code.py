# misconception: every denial is called AccessDenied
# expect: what the role was not allowed to do
RULES = (
    (r"REPORT .*\tStatus: timeout", "timeout"),
    (r"RequestId: \S+ Error: Runtime exited with error: signal: killed", "killed"),
    (r"RequestId: \S+ Error: ", "exit"),
    (r"\[ERROR\] Runtime\.HandlerNotFound", "handler"),
    (r"\[ERROR\] Runtime\.ImportModuleError: .* module '([^']+)': No module named '\1'", "handler"),
    (r"\[ERROR\] Runtime\.ImportModuleError", "import"),
    (r"\[ERROR\] (EndpointConnection|ConnectTimeout)Error: ", "unreachable"),
    (r"\[ERROR\] \w+: An error occurred \(AccessDenied", "denied"),
    (r"\[ERROR\] \w+: \[Errno (13|30)\]", "files"),
)


def name_that_failure(log: list, metrics: dict) -> str:
    if not log:
        return "throttled" if metrics["Throttles"] > 0 else "none"
    if metrics["Errors"] == 0:
        return "none"
    found = [name for form, name in RULES if any(re.match(form, line) for line in log)]
    name = found[0] if found else "exception"
    if name != "killed":
        return name
    sizes = re.search(r"Memory Size: (\d+) MB\tMax Memory Used: (\d+) MB", log[-1])
    return "memory" if sizes[1] == sizes[2] else "exit"
