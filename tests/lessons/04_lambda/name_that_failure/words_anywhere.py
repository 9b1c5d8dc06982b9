# misconception: the words of a failure mean that failure wherever they stand
# expect: Taken for
def name_that_failure(log: list, metrics: dict) -> str:
    text = "\n".join(log)
    if not log:
        return "throttled" if metrics["Throttles"] else "none"
    if not metrics["Errors"]:
        return "none"
    if "Task timed out" in text:
        return "timeout"
    if "signal: killed" in text:
        return "memory"
    if "Runtime exited" in text:
        return "exit"
    if "HandlerNotFound" in text:
        return "handler"
    if "Unable to import module" in text:
        return "import"
    if "AccessDenied" in text:
        return "denied"
    if "EndpointConnectionError" in text or "ConnectTimeoutError" in text:
        return "unreachable"
    if "Errno 13" in text or "Errno 30" in text:
        return "files"
    return "exception"
