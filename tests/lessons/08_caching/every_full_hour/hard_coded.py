# misconception: the fault of the example is every shop's.
# expect: no entry is lost
def every_full_hour(group: str, function: str, importer: str) -> str:
    functions = boto3.client("lambda")
    now = functions.get_function_configuration(FunctionName=importer)["Environment"]["Variables"]
    now["INVALIDATE"] = "changed"
    functions.update_function_configuration(FunctionName=importer, Environment={"Variables": now})
    return "flush"
