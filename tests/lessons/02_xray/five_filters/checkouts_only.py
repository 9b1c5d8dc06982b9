# misconception: every request in question is a checkout.
# expect: slow_payment: among 160 other requests
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 } AND http.url CONTAINS "/checkout"',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
