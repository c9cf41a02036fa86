"""Every profile of src/he/parameters.ts through the lattice estimator itself (Albrecht, Player, Scott 2015), its figures frozen (T11).

Instance: n = 8192, q the exact product of the data primes and a special prime, secret uniform ternary, error centred binomial of 21 bits, as many
samples as the attacker likes (the estimator's default). With 65537 under every cost model of MODELS, with 114689 under the default one. Series:
the data modulus, 8192 samples, and of the secret as many coefficients known as `reserve` allows, each one dimension less.

Attacks: those of the estimator's `LWE.estimate` (usvp, bdd, bdd_hybrid, dual, dual_hybrid), and the dual attack with plain enumeration
(dual_enumeration). bdd_hybrid takes a minute and finds that nothing is worth guessing: under the default model only. Left out: bdd_mitm_hybrid, which
is for sparse secrets (tried once: 13 minutes for 2^201.7, P180 with 114689); Arora-GB, whose power series would have 16384 terms; coded BKW, whose
tables of q^b words, b >= 2, are over 2^212 for every modulus here.

Estimator: malb/lattice-estimator at commit 12b7730000d43b48414d993e4a036120748c828c. From that commit are the cost models, the primal and dual
attacks, guessing and the defaults; the helpers that it does not touch were run in the versions of COMMITS, which a clone at that commit may have
slightly newer or older. The SHA-256 of every module is in the JSON, and a run says which modules differ. First of all the run repeats estimates that
the estimator's own documentation publishes (VERIFIED), and stops at the first that comes out otherwise.

Sage: Python 3.12 and  pip install passagemath-standard==10.8.13 scipy==1.18.1  (3.6 GB). Neither build nor tests need any of it.
Writes lattice_estimator.json; what is in it already is kept, so remove it to estimate anew (about 20 min on one core).
Run: python test/golden/lattice_estimator.py CLONE
"""
import hashlib
import json
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "lattice_estimator.json")
CLONE = sys.argv[1]
sys.path.insert(0, CLONE)

from estimator import nd  # noqa: E402
from estimator.lwe_dual import dual, dual_hybrid, matzov  # noqa: E402
from estimator.lwe_parameters import LWEParameters  # noqa: E402
from estimator.lwe_primal import primal_bdd, primal_hybrid, primal_usvp  # noqa: E402
from estimator.reduction import ADPS16, RC  # noqa: E402

COMMIT = "12b7730000d43b48414d993e4a036120748c828c"
# None: the version is known by its SHA-256 alone.
COMMITS = {
    **dict.fromkeys(("conf", "lwe_dual", "lwe_guess", "lwe_primal", "reduction"), COMMIT),
    "nd": "8ac0bb9ca0e82ea493099d932f9f82f207eb28e1",
    "cost": "0a534756f92a24e50700607e0cf0db5d4abaa278",
    "errors": "24da07a666fc37ba339457baeb398e7bc5e792be",
    "lwe_parameters": "1dc0f7c150183a56315dd25da40de58f181fcc97",
    "simulator": "066ebb32c96b76690d7320452f0b12e084de0c06",
    "sis_parameters": "066ebb32c96b76690d7320452f0b12e084de0c06",
    "prob": "ludopulles/lattice-estimator 35bcd4db20f451b36dda1ff894f0fcc9656734d5",
    "util": None,
    "io": None,
}
DEFAULT = "matzov"
MODELS = {
    DEFAULT: RC.MATZOV,
    "classical": RC.BDGL16,
    "quantum": RC.LaaMosPol14,
    "core": RC.ADPS16,
    "coreQuantum": ADPS16(mode="quantum"),
}
ATTACKS = {
    "usvp": primal_usvp,
    "bdd": primal_bdd,
    "dual": dual,
    "dual_hybrid": matzov,
    "dual_enumeration": dual_hybrid,
}
KYBER512 = LWEParameters(n=512, q=3329, Xs=nd.CenteredBinomial(3), Xe=nd.CenteredBinomial(3), m=512)
SPARSE = KYBER512.updated(Xs=nd.SparseTernary(16))
BINARY = LWEParameters(n=1024, q=2**32, Xs=nd.Binary, Xe=nd.DiscreteGaussian(3.0))
HES = LWEParameters(n=1024, q=2**27, Xs=nd.DiscreteGaussian(3.0), Xe=nd.DiscreteGaussian(3.0), m=1024)
SEAL22 = LWEParameters(n=8192, q=2**226 - 2**26 + 1, Xs=nd.UniformMod(3), Xe=nd.DiscreteGaussian(3.19))
LARGE_ERROR = LWEParameters(n=256, q=12289, Xs=nd.UniformMod(2), Xe=nd.UniformMod(1024))
# (what, estimate, as published in the estimator's docstrings and documentation)
VERIFIED = (
    ("usvp of Kyber512", lambda: primal_usvp(KYBER512), "rop: ≈2^143.8, red: ≈2^143.8, δ: 1.003941, β: 406, d: 998, tag: usvp"),
    (
        "usvp of Kyber512, ADPS16",
        lambda: primal_usvp(KYBER512, red_cost_model=RC.ADPS16, red_shape_model="gsa"),
        "rop: ≈2^118.6, red: ≈2^118.6, δ: 1.003941, β: 406, d: 998, tag: usvp",
    ),
    ("dual of Kyber512", lambda: dual(KYBER512), "rop: ≈2^149.9, mem: ≈2^97.1, m: 512, β: 424, d: 1024, ↻: 1, tag: dual"),
    ("dual_hybrid of Kyber512", lambda: matzov(KYBER512), "rop: ≈2^139.7, red: ≈2^139.5, guess: ≈2^135.9, β: 387, p: 5, ζ: 0, t: 50, β': 391"),
    (
        "dual_hybrid of Kyber512, ADPS16",
        lambda: matzov(KYBER512, red_cost_model=RC.ADPS16),
        "rop: ≈2^115.5, red: ≈2^115.3, guess: ≈2^112.3, β: 395, p: 5, ζ: 0, t: 40, β': 395",
    ),
    (
        "bdd_hybrid of Kyber512 with a sparse secret",
        lambda: primal_hybrid(SPARSE, mitm=False, babai=False),
        "rop: ≈2^89.3, red: ≈2^88.8, svp: ≈2^87.7, β: 106, η: 18, ζ: 321, |S|: ≈2^39.7, d: 360, prob: ≈2^-26.9, ↻",
    ),
    (
        "bdd_mitm_hybrid of Kyber512 with a sparse secret",
        lambda: primal_hybrid(SPARSE, mitm=True, babai=True),
        "rop: ≈2^85.5, red: ≈2^84.5, svp: ≈2^84.5, β: 105, η: 2, ζ: 364, |S|: ≈2^85.0, d: 316, prob: ≈2^-23.2, ↻",
    ),
    ("bdd with a large error", lambda: primal_bdd(LARGE_ERROR), "rop: ≈2^115.4, red: ≈2^41.3, svp: ≈2^115.4, β: 40, η: 336, d: 336, tag: bdd"),
    ("bdd of HESv111024128error", lambda: primal_bdd(HES), "rop: ≈2^136.7, red: ≈2^136.4, svp: ≈2^134.3, β: 374, η: 404, d: 2044, tag: bdd"),
    (
        "dual_enumeration, n = 1024, binary secret",
        lambda: dual_hybrid(BINARY),
        "rop: ≈2^103.2, mem: ≈2^97.4, m: 937, β: 250, d: 1919, ↻: 1, ζ: 42, tag: dual_hybrid",
    ),
    (
        "dual_hybrid of SEAL22_8192",
        lambda: matzov(SEAL22),
        "rop: ≈2^121.8, red: ≈2^121.8, guess: ≈2^101.7, β: 306, p: 3, ζ: 10, t: 40, β': 331, N: ≈2^68.1, m: ≈2^13.0",
    ),
)


def profiles():
    """(name, data primes, reserve) and the special primes, from the source itself."""
    with open(os.path.join(HERE, "..", "..", "src", "he", "parameters.ts"), encoding="utf-8") as file:
        source = file.read()

    def primes(name):
        return [int(prime) for prime in re.search(name + r" = (?:Object\.freeze\()?\[([\d_, ]+)\]", source)[1].replace("_", "").split(",")]

    wide, narrow = primes("WIDE"), primes("NARROW")
    found = re.findall(r"profile\(\d, '(P\d+)', (.+?), \d+, \{.+?\}, (\d+)\)", source)
    rows = [(name, (narrow if "NARROW" in text else []) + wide[: int(re.search(r"WIDE\.slice\(0, (\d)\)", text)[1])], int(reserve)) for name, text, reserve in found]
    assert len(rows) == source.count("  profile(")
    return rows, primes("SPECIAL_PRIMES")


def bits(value):
    """log2, rounded down to a tenth."""
    return math.floor(10 * float(math.log2(value))) / 10


def figures(cost):
    row = {"rop": bits(cost["rop"])}
    for key in ("beta", "d", "m", "eta", "zeta", "p", "t"):
        value = cost.get(key, None)
        if value is not None:
            row[key] = int(value)
    return row


def estimate(instance, models):
    """By model: every attack's figures, and the least."""
    rows = {}
    for model in models:
        attacks = {name: figures(attack(instance, red_cost_model=MODELS[model])) for name, attack in ATTACKS.items()}
        if model == DEFAULT and len(models) > 1:
            attacks["bdd_hybrid"] = figures(primal_hybrid(instance, mitm=False, babai=False, red_cost_model=MODELS[model]))
        by = min(attacks, key=lambda name: attacks[name]["rop"])
        rows[model] = {"bits": attacks[by]["rop"], "by": by, "attacks": attacks}
    return rows


def verify():
    for what, call, published in VERIFIED:
        got = repr(call())
        assert got.startswith(published), f"{what}: {got}, published {published}"
    return {what: published for what, _, published in VERIFIED}


def modules(before):
    rows = {}
    for name, commit in sorted(COMMITS.items()):
        with open(os.path.join(CLONE, "estimator", name + ".py"), "rb") as file:
            rows[name] = {"commit": commit, "sha256": hashlib.sha256(file.read()).hexdigest()}
        if name in before and before[name] != rows[name]:
            print(f"{name}.py is not the version whose figures are frozen")
    return rows


def main():
    before = json.load(open(OUT, encoding="utf-8")) if os.path.exists(OUT) else {}
    rows, special_primes = profiles()
    frozen = {
        "estimator": {"repository": "malb/lattice-estimator", "commit": COMMIT, "modules": modules(before.get("estimator", {}).get("modules", {}))},
        "verified": verify(),
        "profiles": {name: before.get("profiles", {}).get(name, {"keyModuli": {}}) for name, _, _ in rows},
    }

    def instance(q, known=0, **samples):
        return LWEParameters(n=8192 - known, q=q, Xs=nd.Ternary, Xe=nd.CenteredBinomial(21), **samples)

    def save():
        with open(OUT, "w", encoding="utf-8") as file:
            text = json.dumps(frozen, indent=1, ensure_ascii=False)
            # A line for every attack and module.
            file.write(re.sub(r"\{[^{}]{,200}\}", lambda leaf: re.sub(r"\n\s*", " ", leaf[0]), text) + "\n")

    for name, primes, reserve in reversed(rows):
        row = frozen["profiles"][name]
        data = math.prod(primes)
        for special in special_primes:
            q = data * special
            if str(q) not in row["keyModuli"]:
                models = list(MODELS) if special == special_primes[0] else [DEFAULT]
                row["keyModuli"][str(q)] = {"bits": q.bit_length(), "specialPrime": special, "models": estimate(instance(q), models)}
                save()
        known = math.ceil(reserve / math.log2(3))
        if row.get("series", {}).get("reserve") != reserve:
            row["series"] = {"reserve": reserve, "known": known, "modulus": str(data), "models": estimate(instance(data, known, m=8192), [DEFAULT])}
            save()
        print(name, {q["bits"]: {model: (found["bits"], found["by"]) for model, found in q["models"].items()} for q in row["keyModuli"].values()})
        print(name, "series", row["series"]["known"], row["series"]["models"][DEFAULT]["bits"], row["series"]["models"][DEFAULT]["by"], flush=True)
    save()


if __name__ == "__main__":
    main()
