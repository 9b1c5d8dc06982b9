# Only REPORT lines have the field @duration.
slowest_query = (
    "filter ispresent(@duration) | sort @duration desc | display @requestId, @duration | limit 20"
)
