# misconception: a rule for the API is a rule for its stage.
# expect: is sampled differently since
def sampling_budget(service, health, orders):
    c = boto3.client("xray")

    def mk(name, pr, path, method, res, rate, svc=service, st="*"):
        c.create_sampling_rule(
            SamplingRule=dict(
                RuleName=name,
                Priority=pr,
                ServiceName=svc,
                ServiceType=st,
                Host="*",
                HTTPMethod=method,
                URLPath=path,
                ResourceARN="*",
                ReservoirSize=res,
                FixedRate=rate,
                Version=1,
            )
        )

    mk("h", 1, health, "*", 0, 0.0)
    mk("o", 2, orders, "POST", 0, 1.0)
    mk("r", 3, "*", "*", 1, 0.02, svc=service.split("/")[0] + "/*")
