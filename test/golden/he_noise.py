"""An independent computation of the HE parameter checker (src/he/noise.ts), with exact fractions instead of integer divisions in units of q.

Writes he_noise.json: 500 random contracts with verdict and bounds, 120 choices of parameters, and 60 contracts of series. Run: python3 test/golden/he_noise.py
Only primes and the documented constants are shared with the TypeScript; the inequalities are evaluated as rationals.
"""
import json
import math
import os
import random
from fractions import Fraction

N = 8192
WIDE = [1073692673, 1073643521, 1073479681, 1073430529, 1073299457, 1073233921]
NARROW = [16760833, 16580609]
PROFILES = {
    "P90": WIDE[:3],
    "P108": NARROW + WIDE[:2],
    "P120": WIDE[:4],
    "P138": NARROW + WIDE[:3],
    "P150": WIDE[:5],
    "P168": NARROW + WIDE[:4],
    "P180": WIDE[:6],
}


def ceil(x):
    return math.ceil(x)


def bounds(primes, answer_primes, t, terms, max_abs, series=False):
    q = math.prod(primes)
    special = 65537 if t % 65537 else 114689
    # 42-bit centred binomial: |e| <= 21; p0*u + e0 + e1*s with ternary u, s, after division by the special prime, plus rounding of two words
    zero = ceil(Fraction(21 * N + 21 + 21 * N, special)) + ceil(Fraction(1 + N, 2))
    if series:  # an encryption of zero made at data level, whose c0 has no error but the flood: e_z*u + e1*s, nothing dropped
        zero = 21 * N + 21 * N
    worst = terms * max_abs * (21 + 1) + zero + 1
    switching = 0
    level = list(primes)
    while len(level) > answer_primes:
        level.pop()
        switching += ceil(Fraction(1 + N, 2) * Fraction(q, math.prod(level)))
    slack = q // (t * 2**57) + 1
    flood = ceil(Fraction(q, 2 * t)) - 1 - slack - switching - worst
    return q, worst, switching, slack, flood


def verdict(primes, answer_primes, t, terms, max_abs, outputs, mode, series=False):
    q, worst, switching, slack, flood = bounds(primes, answer_primes, t, terms, max_abs, series)
    ok = flood > 0 and Fraction(max_abs) <= Fraction(t, 2)
    if mode == "reveal":
        ok = ok and Fraction(outputs) * Fraction(worst, max(flood, 1)) <= Fraction(1, 2**40)
    else:
        error = Fraction(2 * t * (worst + switching + slack) + 1, q)
        ok = ok and outputs * error <= Fraction(1, 2**30)
    return bool(ok), worst, switching, flood


def width(primes):
    return sum((p - 1).bit_length() for p in primes)


def usable(primes, t):
    return all(t % p for p in primes) and (t % 65537 or t % 114689)


def choose(usages, t):
    fitting = []
    for name, primes in PROFILES.items():
        for kept in range(1, len(primes) + 1):
            if not usable(primes, t) or math.prod(primes[:kept]) <= t:
                continue
            if all(verdict(primes, kept, t, u["terms"], u["maxAbs"], u["outputs"], u["mode"])[0] for u in usages):
                fitting.append((len(primes), width(primes[:kept]), width(primes), name, kept))
    return list(min(fitting)[3:]) if fitting else None


def random_usage(rng, t):
    max_abs = min(2 ** rng.randrange(0, 31), max(1, t // 2)) if rng.random() < 0.8 else min(2**31 - 1, max(1, t // 2 + rng.randrange(0, 2)))
    return {
        "terms": rng.randrange(1, 2 ** rng.randrange(1, 30)),
        "maxAbs": max_abs,
        "outputs": 2 ** rng.randrange(0, 30) + rng.randrange(0, 3),
        "mode": rng.choice(["reveal", "share"]),
    }


def random_modulus(rng):
    kind = rng.random()
    if kind < 0.5:
        return 2 ** rng.randrange(1, 60)
    if kind < 0.7:
        return rng.choice([65537, 1032193, 8273921, 67043329, 1073184769])
    return rng.randrange(2, 2 ** rng.randrange(2, 61))


def random_contracts(rng, count, series):
    contracts = []
    while len(contracts) < count:
        name = rng.choice(list(PROFILES))
        primes, t = PROFILES[name], random_modulus(rng)
        kept = rng.randrange(1, len(primes) + 1)
        if not usable(primes, t) or math.prod(primes[:kept]) <= t or t >= 2**60:
            continue
        usage = random_usage(rng, t)
        if series:
            usage |= {"mode": "reveal", "series": True}
        ok, worst, switching, flood = verdict(primes, kept, t, usage["terms"], usage["maxAbs"], usage["outputs"], usage["mode"], series)
        contracts.append(
            {"profile": name, "answerPrimes": kept, "plainModulus": str(t), "usage": usage, "accepted": ok,
             "worstCase": str(worst), "switching": str(switching), "flood": str(flood)}
        )
    return contracts


def main():
    rng = random.Random(20261122)
    contracts = random_contracts(rng, 500, False)
    choices = []
    while len(choices) < 120:
        t = random_modulus(rng)
        if t >= 2**60:
            continue
        usages = [random_usage(rng, t) for _ in range(rng.randrange(1, 3))]
        choices.append({"plainModulus": str(t), "usages": usages, "chosen": choose(usages, t)})
    series = random_contracts(random.Random(20261128), 60, True)
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "he_noise.json")
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"contracts": contracts, "choices": choices, "series": series}, file, indent=0)
        file.write("\n")
    print(sum(c["accepted"] for c in contracts), "accepted of", len(contracts), ";", sum(c["chosen"] is not None for c in choices), "chosen of", len(choices))


if __name__ == "__main__":
    main()
