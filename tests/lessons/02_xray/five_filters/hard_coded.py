# misconception: filters may be made of what this morning's traces happen to hold.
# expect: only this morning's traces have
filters = {
    "slow_payment": "responsetime > 2 AND annotation.order_id",
    "lost_orders": "fault AND annotation.order_id",
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": 'fault AND http.method = "GET"',
}
