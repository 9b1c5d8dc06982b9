# misconception: a sorted list needs no limit
# expect: 20 at most
slowest_query = 'filter @type = "REPORT" | fields @requestId, @duration | sort @duration desc'
