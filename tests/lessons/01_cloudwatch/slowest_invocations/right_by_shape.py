# The shape of the line, anchored at its beginning.
slowest_query = r"""
fields @timestamp
| filter @message like /^REPORT RequestId: \S+\tDuration: /
| sort @duration desc
| limit 20
| display @requestId, @duration, @timestamp
"""
