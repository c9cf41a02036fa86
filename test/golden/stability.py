"""Golden values for test/credit/monitoring: population stability index by scorecardpy and optbinning, roll rates by pandas.

Run:  python3 -m pip install "scorecardpy==0.1.9.7" "optbinning==1.0.0"  &&  python3 test/golden/stability.py > test/golden/stability.json
"""
import json
import numpy as np
import pandas as pd
import scorecardpy as sc
from optbinning.binning.metrics import jeffrey

cases = []
for expected, actual in [
    ([100, 200, 300, 250, 150], [100, 200, 300, 250, 150]),
    ([100, 200, 300, 250, 150], [80, 190, 310, 270, 150]),
    ([1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000], [700, 820, 910, 1003, 980, 1070, 1120, 1180, 1090, 1127]),
    ([5, 40, 5], [400, 10, 90]),
]:
    p = np.array(expected) / sum(expected)
    q = np.array(actual) / sum(actual)
    cases.append({"expected": expected, "actual": actual, "index": float(jeffrey(q, p, return_sum=True)), "bins": [float(x) for x in jeffrey(q, p)]})


def scorecardpy_index(expected, actual):
    """perf_psi on a score with one distinct value a bin (it then keeps the values as bins); empty bins count .9 there."""
    frame = lambda counts: pd.DataFrame({"score": np.repeat(np.arange(len(counts)) + 1, counts)})
    label = lambda counts: pd.DataFrame({"y": np.arange(sum(counts)) % 2})
    result = sc.perf_psi(score={"train": frame(expected), "test": frame(actual)}, label={"train": label(expected), "test": label(actual)}, show_plot=False)
    return float(result["psi"]["PSI"].iloc[0])


sparse = [([100, 200, 300, 0, 150], [80, 190, 310, 270, 150]), ([10, 0, 30], [12, 8, 0]), ([100, 200, 300, 250, 150], [80, 190, 310, 270, 150])]
print(json.dumps({
    "source": "optbinning 1.0.0 metrics.jeffrey; scorecardpy 0.1.9.7 perf_psi",
    "full": cases,
    "scorecardpy": [{"expected": e, "actual": a, "index": scorecardpy_index(e, a)} for e, a in sparse],
}, indent=1))
