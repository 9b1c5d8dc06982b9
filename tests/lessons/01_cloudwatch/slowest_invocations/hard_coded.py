# misconception: the threshold that fits this log group fits all
# expect: invocations; 20 are wanted
slowest_query = """
filter @type = "REPORT" and @duration > 300 and @memorySize = 512000000
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
