# misconception: sort puts the largest value first by itself
# expect: In which direction does sort go
slowest_query = 'filter @type = "REPORT" | fields @requestId, @duration | sort @duration | limit 20'
