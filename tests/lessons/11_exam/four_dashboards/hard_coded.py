# misconception: two hours are all there are
# expect: you say
def cause_of(hour: pd.DataFrame) -> str:
    return "card_provider" if hour.payment_ms.max() > 2000 else "hot_partition"


told_apart_by = "requests"
