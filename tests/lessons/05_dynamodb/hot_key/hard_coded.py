# misconception: the example is all that is asked
# expect: is not hot there
def hot_keys(group, resource, minutes):
    return [{"key": "SALE#1", "unit": "WCU", "second": "10:31:07", "units": 620.0, "share": 0.62}]
