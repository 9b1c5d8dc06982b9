# misconception: an invocation that timed out or crashed has no REPORT line worth reading
# expect: ended in a timeout or crash are missing
slowest_query = """
filter @type = "REPORT" and @message not like /Status: /
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
