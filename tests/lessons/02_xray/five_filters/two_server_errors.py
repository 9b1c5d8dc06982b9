# misconception: server errors are 502 and 504.
# expect: server errors, too
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": '(http.status = 502 OR http.status = 504) AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
