def cold_start_lever(function: str, reports: pd.DataFrame, goal_ms: float, at_once: int) -> tuple:
    import numpy as np

    client = boto3.client("lambda")
    init = reports["init"].to_numpy(dtype=float)
    cold = ~np.isnan(init)
    duration = reports["duration"].to_numpy()
    share = cold.sum() / len(cold)

    def point_live_at_new_version():
        made = client.publish_version(FunctionName=function)
        client.update_alias(FunctionName=function, Name="live", FunctionVersion=made["Version"])

    if np.quantile(duration + np.where(cold, init, 0), 0.99) <= goal_ms:
        word = "nothing"
    elif np.quantile(duration[~cold], 0.99) > goal_ms:
        client.update_function_configuration(FunctionName=function, MemorySize=1769)
        point_live_at_new_version()
        word = "handler"
    else:
        word = "init"
        runtime = client.get_function_configuration(FunctionName=function)["Runtime"]
        if int(runtime.partition("python3.")[2]) >= 12:
            snapshots = {"ApplyOn": "PublishedVersions"}
            client.update_function_configuration(FunctionName=function, SnapStart=snapshots)
            point_live_at_new_version()
        else:
            client.put_provisioned_concurrency_config(
                FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=at_once
            )
    return share, word
