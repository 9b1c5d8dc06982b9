# misconception: an edge's time is its callee's own.
# expect: how long the caller waited
filters = {
    "slow_payment": 'edge("checkout","payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
