# misconception: an import that has removed everything today is the cause, whenever that was.
# expect: no entry is lost
def every_full_hour(group: str, function: str, importer: str) -> str:
    functions = boto3.client("lambda")
    most = ask("stats max(removed) as most", f"/aws/lambda/{importer}").most[0]
    name, change = importer, {"INVALIDATE": "changed"}
    if most < 100:
        name, change = function, {"CACHE_JITTER": "20"}
    now = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**now, **change}}
    )
    return "flush" if most > 100 else "expiry"
