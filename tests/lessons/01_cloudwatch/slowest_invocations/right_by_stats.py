# One group for each request.
slowest_query = """
filter @type like "REPORT"
| stats max(@duration) as ms by @requestId
| sort ms desc
| limit 20
| display @requestId, ms as @duration
"""
