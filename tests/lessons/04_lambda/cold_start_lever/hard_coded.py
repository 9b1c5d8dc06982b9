# misconception: what the visible test expects is right for every function
# expect: reports have an init
def cold_start_lever(function: str, reports: pd.DataFrame, goal_ms: float, at_once: int) -> tuple:
    boto3.client("lambda").put_provisioned_concurrency_config(
        FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=3
    )
    return 0.08, "init"
