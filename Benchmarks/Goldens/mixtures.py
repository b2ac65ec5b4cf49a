"""Optima that scikit-learn finds from stated starts, as Swift for Tests/ClassicalModelsTests.

    python Benchmarks/Goldens/mixtures.py FOLDER > Tests/ClassicalModelsTests/MixtureGoldens.swift

Data: geyser and iris of this package's own tables, read from CSV files of a folder that is given (Tests/Goldens/tables.R
writes the same numbers), and others that this script makes by a recurrence which the test repeats. Starts of mixtures:
K data as means, equal weights, and the covariance of all data, so that no random number takes part.
"""

import sys
import warnings

import numpy as np
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")


def uniform(seed, count):
    """The recurrence of the test's `Problem`."""
    state = ((seed + 1) * 0x9E3779B97F4A7C15) % 2**64
    values = []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        mixed = state ^ (state >> 33)
        mixed = (mixed * 0xFF51AFD7ED558CCD) % 2**64
        mixed ^= mixed >> 33
        values.append(((mixed >> 12) + 0.5) / 2**52)
    return np.array(values)


def made(seed, count, size, clusters):
    """Sums of four uniform numbers around a few corners, correlated by a running sum."""
    noise = uniform(seed, count * size * 4).reshape(count, size, 4).sum(-1) - 2
    corners = np.array([[3.0 * ((k + j) % clusters) for j in range(size)] for k in range(clusters)])
    return corners[np.arange(count) % clusters] + np.cumsum(noise, axis=1)


def factored(seed, count, size):
    """One factor seen in every dimension, with noise that differs."""
    draws = uniform(seed, count * (size + 1) * 4).reshape(count, size + 1, 4).sum(-1) - 2
    weights = np.array([1 + 0.4 * j for j in range(size)])
    noise = np.array([0.6 + 0.3 * ((j * 2) % 5) for j in range(size)])
    return draws[:, :1] * weights + draws[:, 1:] * noise


def data(folder):
    def table(name, columns):
        return np.genfromtxt(f"{folder}/{name}.csv", delimiter=",", skip_header=1, usecols=range(columns))

    return {
        "geyser": (table("geyser", 2), 2),
        "iris": (table("iris", 4), 3),
        "made 1": (made(1, 200, 3, 3), 3),
        "made 2": (made(2, 300, 2, 4), 4),
        "made 3": (made(3, 120, 5, 2), 2),
    }


def start(x, count, shape):
    """The inverse covariances that scikit-learn begins with."""
    covariance = np.cov(x.T, bias=True)
    precision = np.linalg.inv(covariance)
    if shape == "full":
        return np.repeat(precision[None], count, 0)
    if shape == "tied":
        return precision
    if shape == "diag":
        return np.repeat(1 / np.diag(covariance)[None], count, 0)
    return np.full(count, 1 / np.diag(covariance).mean())


def main():
    names = {"full": "full", "tied": "tied", "diag": "diagonal", "spherical": "spherical"}
    mixtures, factors = [], []
    for name, (x, count) in data(sys.argv[1] if len(sys.argv) > 1 else "data").items():
        rows = [int(i * len(x) / count) for i in range(count)]
        for shape in names:
            model = GaussianMixture(
                count, covariance_type=shape, reg_covar=0, tol=1e-14, max_iter=100000,
                weights_init=np.full(count, 1 / count), means_init=x[rows], precisions_init=start(x, count, shape))
            model.fit(x)
            mixtures.append((name, names[shape], model.score(x) * len(x), model.bic(x)))
        latent = 1 if x.shape[1] == 2 else 2
        components = PCA(latent, svd_solver="full").fit(x)
        # It divides by n - 1 what the largest likelihood divides by n.
        components.explained_variance_ *= (len(x) - 1) / len(x)
        components.noise_variance_ *= (len(x) - 1) / len(x)
        factors.append((name, latent, "isotropic", components.score(x) * len(x)))
    # Where no variance tends to 0, which EM comes to by a root of the iterations.
    for number in range(1, 6):
        x = factored(10 + number, 80 + 20 * number, 3 + number)
        fit = FactorAnalysis(1, tol=1e-14, max_iter=200000, svd_method="lapack").fit(x)
        assert fit.noise_variance_.min() > 0.02
        factors.append((f"factored {number}", 1, "diagonal", fit.score(x) * len(x)))
    print("// Written by Benchmarks/Goldens/mixtures.py with scikit-learn.\n")
    print("/// Log likelihoods of all data in nats, and BIC as -2 log p(X) + p log n.")
    print("enum MixtureGoldens {")
    print("  // swift-format-ignore\n  static let mixtures: [(data: String, shape: String, logLikelihood: Double, bic: Double)] = [")
    for row in mixtures:
        print(f'    ("{row[0]}", "{row[1]}", {row[2]:.9f}, {row[3]:.9f}),')
    print("  ]\n")
    print("  // swift-format-ignore\n  static let factors: [(data: String, latent: Int, noise: String, logLikelihood: Double)] = [")
    for row in factors:
        print(f'    ("{row[0]}", {row[1]}, "{row[2]}", {row[3]:.9f}),')
    print("  ]\n}")


main()
