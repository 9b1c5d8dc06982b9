# misconception: the order of two answers does not matter
# expect: First the share
def cold_start_lever(function: str, reports: pd.DataFrame, goal_ms: float, at_once: int) -> tuple:
    share = float(reports["init"].notna().mean())
    waited = reports["duration"] + reports["init"].fillna(0)
    warm = reports.loc[reports["init"].isna(), "duration"]
    if waited.quantile(0.99) <= goal_ms:
        return "nothing", share
    client = boto3.client("lambda")
    if warm.quantile(0.99) <= goal_ms:
        client.put_provisioned_concurrency_config(
            FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=at_once
        )
        return "init", share
    client.update_function_configuration(FunctionName=function, MemorySize=1769)
    version = client.publish_version(FunctionName=function)["Version"]
    client.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
    return "handler", share
