# misconception: Every shop has the names and the cause of this one.
# expect: In another shop end_the_evening ended with ResourceNotFoundException
def end_the_evening(shop, begin, end):
    engine = boto3.client("lambda")
    now = engine.get_function_configuration(FunctionName="order-worker")["Environment"]["Variables"]
    other = {"cardly": "northbank", "northbank": "cardly"}[now["PROVIDER"]]
    variables = {"Variables": {**now, "PROVIDER": other}}
    engine.update_function_configuration(FunctionName="order-worker", Environment=variables)
    return {
        "chain": ["slow_provider", "long_runs", "no_concurrency", "dead_letters"],
        "change": None,
    }
