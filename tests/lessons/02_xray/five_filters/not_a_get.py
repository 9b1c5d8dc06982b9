# misconception: what is not a GET is a POST.
# expect: neither GET nor POST
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method != "GET"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
