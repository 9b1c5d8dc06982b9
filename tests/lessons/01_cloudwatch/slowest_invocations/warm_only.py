# misconception: a cold start is no proper invocation
# expect: keep invocations from the sort
slowest_query = """
filter @type = "REPORT" and not ispresent(@initDuration)
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
