# misconception: whatever is logged as an error ended the invocation
# expect: with a tab behind [ERROR]
def name_that_failure(log: list, metrics: dict) -> str:
    if not log:
        return "throttled" if metrics["Throttles"] else "none"
    if not metrics["Errors"]:
        return "none"
    report = next(line for line in log if line.startswith("REPORT "))
    if "\tStatus: timeout" in report:
        return "timeout"
    exits = [line for line in log if line.startswith("RequestId: ")]
    if exits:
        size, used = re.search(r"Size: (\d+) MB\tMax Memory Used: (\d+) MB", report).groups()
        return "memory" if "signal: killed" in exits[0] and size == used else "exit"
    said = next(line for line in log if line.startswith("[ERROR]")).split("\n")[0]
    kind, _, text = said.removeprefix("[ERROR] ").partition(": ")
    if kind == "Runtime.HandlerNotFound" or re.search(r"module '(.+)': No module named '\1'", text):
        return "handler"
    if kind == "Runtime.ImportModuleError":
        return "import"
    if kind in ("EndpointConnectionError", "ConnectTimeoutError"):
        return "unreachable"
    if "is not authorized to perform" in text:
        return "denied"
    return "files" if text.startswith(("[Errno 13]", "[Errno 30]")) else "exception"
