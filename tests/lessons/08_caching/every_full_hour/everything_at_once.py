# misconception: whoever changes everything has mended it.
# expect: that was not what was wrong
def every_full_hour(group: str, function: str, importer: str) -> str:
    functions = boto3.client("lambda")
    for name, change in ((function, {"CACHE_JITTER": "20"}), (importer, {"INVALIDATE": "changed"})):
        now = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        if "CACHE_KEY" in now:
            change["CACHE_KEY"] = now["CACHE_KEY"].replace("{hour}", "")
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**now, **change}}
        )
    return "flush"
