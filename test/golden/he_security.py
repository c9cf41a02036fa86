"""Primal uSVP estimate of every HE profile (src/he/parameters.ts), under the cost model of the Homomorphic Encryption Standard (2018).

LWE dimension n = 8192, ternary secret, error sigma = 3.2, q the whole key modulus (special prime included). The smallest block size beta for
which some number m of samples gives  sigma*sqrt(beta) <= delta^(2*beta-d-1) * (q^m * xi^n)^(1/d),  d = m+n+1,  xi = sigma/sqrt(2/3)
(Alkim et al. 2016; secret scaled to the error), costs 2^(0.292*beta + 16.4) * 8d classically, 2^(0.265*beta + 16.4) * 8d quantum.
Reserve of a series (src/he/series.ts): how many bits of a ternary secret u of dimension 8192, hidden by b = a*u + e over the data modulus, may be
known before this estimate falls below 132 (the best attack known is at most 4 bits below uSVP, lattice_security.py): a coefficient known outright
is log2(3) bits and one dimension less; the 8192 samples stay.
Checks itself against the standard's table: 218 bits at n = 8192 and 109 bits at n = 4096 give 128 (this estimate: 128.2 and 127.9).
Writes he_security.json. Run: python3 test/golden/he_security.py  (about 2 min)
"""
import json
import math
import os

SIGMA = 3.2
KEY_BITS = {"P90": 107, "P108": 125, "P120": 137, "P138": 155, "P150": 167, "P168": 185, "P180": 197}
DATA_BITS = {"P90": 90, "P108": 108, "P120": 120, "P138": 138, "P150": 150, "P168": 168, "P180": 180}
RESERVE_TARGET = 132


def attack(n, log_q, samples=None):
    log_xi = math.log2(SIGMA / math.sqrt(2 / 3))
    for beta in range(200, 1000):
        delta = ((math.pi * beta) ** (1 / beta) * beta / (2 * math.pi * math.e)) ** (1 / (2 * (beta - 1)))
        log_delta = math.log2(delta)
        left = math.log2(SIGMA) + 0.5 * math.log2(beta)
        for m in range(n // 2, (samples or n) + 1, 128):
            d = m + n + 1
            if left <= (2 * beta - d - 1) * log_delta + (m * log_q + n * log_xi) / d:
                overhead = 16.4 + math.log2(8 * d)
                return beta, 0.292 * beta + overhead, 0.265 * beta + overhead
    raise ValueError("no block size below 1000")


def reserve(log_q):
    """Bits of u that may be known, rounded down."""
    weak, strong = 1024, 8192
    while strong - weak > 16:
        n = (weak + strong) // 2
        if attack(n, log_q, 8192)[1] >= RESERVE_TARGET:
            strong = n
        else:
            weak = n
    return math.floor((8192 - strong) * math.log2(3))


def main():
    table = {}
    for name, bits in KEY_BITS.items():
        beta, classical, quantum = attack(8192, bits)
        table[name] = {"keyBits": bits, "beta": beta, "classical": math.floor(classical), "quantum": math.floor(quantum), "reserve": reserve(DATA_BITS[name])}
    out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "he_security.json")
    with open(out, "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)
        file.write("\n")
    print(table, attack(8192, 218), attack(4096, 109))


if __name__ == "__main__":
    main()
