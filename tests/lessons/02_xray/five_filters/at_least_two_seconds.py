# misconception: more than includes the limit.
# expect: Exactly 2 s is not yet more
filters = {
    "slow_payment": 'service("payment") { responsetime >= 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
