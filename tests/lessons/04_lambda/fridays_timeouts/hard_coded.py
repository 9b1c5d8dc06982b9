# misconception: what broke the visible shop breaks every shop
# expect: orders still fail, you say 'memory'
def fridays_timeouts(function: str, downstream: str) -> str:
    client = boto3.client("lambda")
    client.update_function_configuration(FunctionName=function, MemorySize=1024)
    return "memory"
