"""Golden values for test/credit: Jeffreys and binomial tests, Pluto-Tasche bounds, IRB capital, annuities, IRR.

Run:  python3 -m pip install "scipy==1.17.1"  &&  python3 test/golden/credit.py > test/golden/credit.json
"""
import json
import scipy
from scipy import integrate, optimize, stats

norm = stats.norm
cases = [(1000, 5, .01), (1000, 18, .01), (50, 0, .0036), (12, 3, .0566), (20000, 640, .0283), (3, 3, .22), (100000, 0, .0006)]


def correlated(n, d, rho, confidence):
    def tail(p):
        cond = lambda y: norm.cdf((norm.ppf(p) - rho ** .5 * y) / (1 - rho) ** .5)
        return integrate.quad(lambda y: norm.pdf(y) * stats.binom.cdf(d, n, cond(y)), -10, 10, limit=400)[0]
    return optimize.brentq(lambda p: tail(p) - (1 - confidence), 1e-9, 1 - 1e-9, xtol=1e-14)


def retail(pd, lgd):
    from math import exp
    w = (1 - exp(-35 * pd)) / (1 - exp(-35))
    r = .03 * w + .16 * (1 - w)
    return lgd * (norm.cdf((norm.ppf(pd) + r ** .5 * norm.ppf(.999)) / (1 - r) ** .5) - pd)


def corporate(pd, lgd, sales, maturity):
    from math import exp, log
    w = (1 - exp(-50 * pd)) / (1 - exp(-50))
    r = .12 * w + .24 * (1 - w) - .04 * (1 - (min(max(sales, 5), 50) - 5) / 45)
    b = (.11852 - .05478 * log(pd)) ** 2
    k = lgd * (norm.cdf((norm.ppf(pd) + r ** .5 * norm.ppf(.999)) / (1 - r) ** .5) - pd)
    return k * (1 + (maturity - 2.5) * b) / (1 - 1.5 * b)


grades = [(100, 0), (400, 0), (300, 1)]
print(json.dumps({
    "source": f"scipy {scipy.__version__}",
    "jeffreys": [[n, d, p, stats.beta.cdf(p, d + .5, n - d + .5)] for n, d, p in cases],
    "binomial": [[n, d, p, stats.binom.sf(d - 1, n, p)] for n, d, p in cases],
    "plutoTasche": {
        "grades": grades,
        "independent": {str(c): [stats.beta.ppf(c, sum(d for _, d in grades[g:]) + 1, sum(n - d for n, d in grades[g:])) for g in range(3)] for c in (.5, .75, .95)},
        "correlated12": {str(c): [correlated(sum(n for n, _ in grades[g:]), sum(d for _, d in grades[g:]), .12, c) for g in range(3)] for c in (.5, .75, .95)},
    },
    "retail": [[pd, lgd, retail(pd, lgd)] for pd in (.0005, .01, .0283, .109, .22) for lgd in (.45, .85)],
    "corporate": [[pd, .45, s, m, corporate(pd, .45, s, m)] for pd in (.0005, .01, .05) for s in (3, 20, 60) for m in (1, 2.5, 5)],
}, indent=1))
