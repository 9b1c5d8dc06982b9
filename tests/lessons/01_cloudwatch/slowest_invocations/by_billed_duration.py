# misconception: what is billed is what the invocation took
# expect: the order of the billed duration
slowest_query = """
filter @type = "REPORT"
| fields @requestId, @duration
| sort @billedDuration desc
| limit 20
"""
