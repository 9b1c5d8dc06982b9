# misconception: a sorted list needs no limit
# expect: the 20 slowest
slowest_query = 'filter @type = "REPORT" | fields @requestId, @duration | sort @duration desc'
