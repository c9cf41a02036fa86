"""Golden values for binning and logistic regression: optbinning, scikit-learn, statsmodels on default_credit (all rows).

    python -m venv venv && venv/bin/pip install optbinning scikit-learn statsmodels pandas
    venv/bin/python test/golden/scorecard_reference.py ../shared/data > test/golden/scorecard-reference.json

Pre-bins: 20 quantile cells, numpy's linear interpolation, repeats dropped, a cell is [edge, next edge). optbinning is given exactly these as
user splits, at most 6 bins, at least 5 % each, and may leave splits out; its optimum is what the dynamic program must reach.
"""
import json
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from optbinning import OptimalBinning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

folder = sys.argv[1]
guest = pd.read_csv(f"{folder}/default_credit_hetero_guest.csv").set_index("id")
host = pd.read_csv(f"{folder}/default_credit_hetero_host.csv").set_index("id").loc[guest.index]
y = guest["y"].to_numpy()


def optimum(name, x, trend):
    splits = np.unique(np.quantile(x, np.arange(1, 20) / 20))
    splits = splits[splits > x.min()]
    fitted = OptimalBinning(name=name, solver="cp", max_n_bins=6, min_bin_size=0.05, monotonic_trend=trend, user_splits=splits)
    fitted.fit(x, y)
    table = fitted.binning_table
    table.build()
    return {"column": name, "trend": trend, "preBinEdges": splits.tolist(), "splits": [float(s) for s in fitted.splits], "iv": float(table.iv), "status": fitted.status}


def regression(x, names):
    fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0, method="newton", tol=1e-12, maxiter=100)
    plain = LogisticRegression(penalty=None, tol=1e-12, max_iter=10000, solver="newton-cholesky").fit(x, y)
    return {
        "names": names,
        "weights": [float(plain.intercept_[0]), *map(float, plain.coef_[0])],
        "statsmodelsWeights": fit.params.tolist(),
        "standardErrors": fit.bse.tolist(),
        "pValues": fit.pvalues.tolist(),
        "auc": float(roc_auc_score(y, plain.decision_function(x))),
        "logLikelihood": float(fit.llf),
    }


columns = pd.concat([guest.drop(columns="y").add_prefix("guest_"), host.add_prefix("host_")], axis=1)
raw = columns.to_numpy()
standard = (raw - raw.mean(axis=0)) / raw.std(axis=0)
names = list(columns.columns)
print(json.dumps({
    "binning": [
        optimum("host_x0", columns["host_x0"].to_numpy(), "descending"),
        optimum("host_x5", columns["host_x5"].to_numpy(), "ascending"),
        optimum("guest_x7", columns["guest_x7"].to_numpy(), "descending"),
    ],
    "standardised": regression(standard, names),
    "clipped": regression(np.clip(standard, -6, 6), names),
}, indent=1))
