# misconception: every line that begins with REPORT is a report
# expect: lines that only contain the word
slowest_query = """
filter @message like /^REPORT/
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
