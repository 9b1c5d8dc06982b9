# misconception: an import that removes everything is the cause, whenever it runs.
# expect: no entry is lost
def every_full_hour(group: str, function: str, importer: str) -> str:
    functions = boto3.client("lambda")

    def variables(name: str) -> dict:
        return functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    imports, settings = variables(importer), variables(function)
    if imports["INVALIDATE"] == "all":
        new = {**imports, "INVALIDATE": "changed"}
        functions.update_function_configuration(
            FunctionName=importer, Environment={"Variables": new}
        )
        return "flush"
    new = {**settings, "CACHE_JITTER": "20"}
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": new})
    return "expiry"
