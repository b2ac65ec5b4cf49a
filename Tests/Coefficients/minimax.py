"""Derives the polynomial coefficients of Kernels/include/elbo_math.h.

Each polynomial is the minimax one: Remez exchange in 60 digits on a dense grid, weighted so that the bound is on the
relative error of the finished function. Prints the coefficients, lowest power first, rounded to the type they are used
in, and the bound as a power of two. Needs Python 3 and mpmath; run without arguments.
"""

from mpmath import cos, erf, erfc, exp, linspace, log, lu_solve, matrix, mp, mpf, pi, sin, sqrt

mp.dps = 60


def minimax(function, weight, powers, low, high, rounds=30):
    """Coefficients c of sum c[i] x^powers[i] that minimize max |weight (function - sum)| on [low, high]."""
    count = len(powers)
    middle, half = (mpf(low) + mpf(high)) / 2, (mpf(high) - mpf(low)) / 2
    grid = [middle - half * cos(pi * t) for t in linspace(0, 1, 1500)]
    values = [function(x) for x in grid]
    weights = [weight(x) + mpf(10) ** -40 for x in grid]
    basis = [[x**p for p in powers] for x in grid]
    nodes = [round((len(grid) - 1) * i / count) for i in range(count + 1)]
    for _ in range(rounds):
        system = matrix(count + 1, count + 1)
        right = matrix(count + 1, 1)
        for row, node in enumerate(nodes):
            for column in range(count):
                system[row, column] = basis[node][column]
            system[row, count] = (-1) ** row / weights[node]
            right[row] = values[node]
        solution = lu_solve(system, right)
        coefficients = [solution[i] for i in range(count)]
        errors = [
            (v - sum(c * b for c, b in zip(coefficients, row))) * w for v, w, row in zip(values, weights, basis)
        ]
        chosen, best = [], 0
        for i in range(1, len(errors)):
            if errors[i] * errors[best] < 0:
                chosen.append(best)
                best = i
            elif abs(errors[i]) > abs(errors[best]):
                best = i
        chosen.append(best)
        while len(chosen) > count + 1:
            chosen.pop(0 if abs(errors[chosen[0]]) < abs(errors[chosen[-1]]) else -1)
        if len(chosen) < count + 1 or chosen == nodes:
            break
        nodes = chosen
    return coefficients, max(abs(e) for e in errors)


def show(name, result, digits):
    coefficients, bound = result
    print(f"{name}: relative error 2^{float(log(bound, 2)):.1f}")
    print("    " + ", ".join(mp.nstr(c, digits, min_fixed=0, max_fixed=0) for c in coefficients))


def series(function, taylor, x):
    """The function, by its Taylor series where it would cancel."""
    return taylor(x) if abs(x) < mpf(10) ** -8 else function(x)


single, double = 10, 18
ln2 = log(mpf(2))
root = sqrt(mpf(2))

# exp(r) = 1 + r + r^2 q(r), and the same form with the error relative to exp(r) - 1, for expm1 and what needs its tail.
reduced = ln2 / 2 * mpf("1.001")
q = lambda r: series(lambda x: (exp(x) - 1 - x) / x**2, lambda x: mpf(1) / 2 + x / 6 + x * x / 24, r)
for digits, name, degree in ((single, "float32", 4), (double, "float64", 9)):
    show(f"exp {name}", minimax(q, lambda r: r**2 / exp(r), range(degree + 1), -reduced, reduced), digits)
for digits, name, degree in ((single, "float32", 5), (double, "float64", 10)):
    show(f"expm1 {name}", minimax(q, abs, range(degree + 1), -reduced, reduced), digits)

# log(1 + f) = f - f^2 / 2 + f^3 p(f)
p = lambda f: series(lambda x: (log(1 + x) - x + x * x / 2) / x**3, lambda x: mpf(1) / 3 - x / 4 + x * x / 5, f)
w = lambda f: abs(f**3 / log(1 + f)) if f else mpf(0)
show("log float32", minimax(p, w, range(8), 1 / root - 1, root - 1), single)

# log(1 + f) = 2 s + s^3 p(s^2), s = f / (2 + f); as a function of z = s^2
limit = ((root - 1) / (root + 1)) ** 2 * mpf("1.001")
p = lambda z: series(
    lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) - 2 * sqrt(z)) / sqrt(z) ** 3,
    lambda z: mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7,
    z,
)
for digits, name, degree in ((single, "float32", 3), (double, "float64", 6)):
    show(f"log by division {name}", minimax(p, lambda z: z / 2, range(degree + 1), 0, limit), digits)

# sin(r) = r + r^3 p(r^2); cos(r) = 1 - r^2 / 2 + r^4 q(r^2); as functions of z = r^2
limit = (pi / 4) ** 2 * mpf("1.002")
p = lambda z: series(lambda z: (sin(sqrt(z)) - sqrt(z)) / sqrt(z) ** 3, lambda z: -mpf(1) / 6 + z / 120, z)
q = lambda z: series(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, lambda z: mpf(1) / 24 - z / 720, z)
for digits, name, degree in ((single, "float32", 2), (double, "float64", 5)):
    show(f"sin {name}", minimax(p, lambda z: z, range(degree + 1), 0, limit), digits)
    show(f"cos {name}", minimax(q, lambda z: z**2 / cos(sqrt(z)), range(degree + 1), 0, limit), digits)

# erf(x) = x p(x^2) for |x| <= 1
p = lambda z: series(lambda z: erf(sqrt(z)) / sqrt(z), lambda z: 2 / sqrt(pi) * (1 - z / 3 + z * z / 10), z)
for digits, name, degree in ((single, "float32", 6), (double, "float64", 11)):
    show(f"erf near {name}", minimax(p, lambda z: 1 / p(z), range(degree + 1), 0, 1), digits)
# erf(x) = 1 - exp(p(x)) for 1 <= x <= 4: no division
show("erf far float32", minimax(lambda x: log(erfc(x)), erfc, range(7), 1, 4), single)
# erf(x) = 1 - exp(-x^2) p(u), u = (x - 2) / (x + 2), for 1 <= x <= 6
argument = lambda u: 2 * (1 + u) / (1 - u)
p = lambda u: exp(argument(u) ** 2) * erfc(argument(u))
w = lambda u: exp(-argument(u) ** 2)
show("erf far float64", minimax(p, w, range(13), mpf(-1) / 3, mpf(1) / 2), double)

# pi / 2 and log 2 in parts of 24 (53) bits, for argument reduction
for name, value, bits in (("pi / 2", pi / 2, 24), ("pi / 2", pi / 2, 53), ("log 2", ln2, 53)):
    parts = []
    for _ in range(3):
        mp.prec, saved = bits, mp.prec
        part = +value
        mp.prec = saved
        parts.append(mp.nstr(part, 18))
        value -= part
    print(f"{name} in parts of {bits} bits: " + ", ".join(parts))
