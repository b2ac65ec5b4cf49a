"""Seconds an iteration of EM takes, here and in scikit-learn, in one run.

    python Benchmarks/Peers/mixture_times.py [--program .build/release/elbo] [--data 100000] [--size 50] [--components 20]

A Gaussian mixture of full covariances on data drawn from one whose components overlap by `--distance`. Both programs
take turns, begin at data drawn as means, and use the threads that they choose themselves. The first iterations are left
out: they hold what is done once.
"""

import argparse
import json
import os
import struct
import subprocess
import tempfile
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def draw(count, size, components, distance):
    generator = np.random.default_rng(0)
    means = distance * generator.normal(size=(components, size))
    chosen = generator.integers(components, size=count)
    x = np.empty((count, size))
    for k in range(components):
        rows = chosen == k
        factor = generator.normal(size=(size, size)) / np.sqrt(size) * 0.5 + np.eye(size)
        x[rows] = means[k] + generator.normal(size=(rows.sum(), size)) @ factor
    # Bytes, which both programs read as numbers from 0 to 1.
    return np.clip(np.rint(128 + 20 * x), 0, 255).astype(np.uint8)


def write_idx(x, path):
    with open(path, "wb") as file:
        file.write(struct.pack(">BBBBII", 0, 0, 0x08, 2, *x.shape))
        file.write(x.tobytes())


def ours(program, path, components, iterations, folder):
    output = os.path.join(folder, f"run-{time.time_ns()}")
    subprocess.run(
        [program, "fit", "gmm", path, "--components", str(components), "--start", "random", "--iterations",
         str(iterations), "--tolerance", "0", "--output", output, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in open(os.path.join(output, "metrics.jsonl"))]
    ends = [line["seconds"] for line in lines if line["step"] == "expectation"]
    return np.diff(ends)[1:], lines[-1]["elbo"]


def theirs(x, components, iterations):
    from sklearn.mixture import GaussianMixture

    ends = []

    class Timed(GaussianMixture):
        def _e_step(self, *args, **kwargs):
            result = super()._e_step(*args, **kwargs)
            ends.append(time.perf_counter())
            return result

    model = Timed(components, init_params="random_from_data", max_iter=iterations, tol=0, reg_covar=1e-6, random_state=0)
    model.fit(x)
    # The last E-step only tells the labels.
    return np.diff(ends[:-1])[1:], model.lower_bound_


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=".build/release/elbo")
    parser.add_argument("--data", type=int, default=100_000)
    parser.add_argument("--size", type=int, default=50)
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--distance", type=float, default=0.5)
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    x = draw(options.data, options.size, options.components, options.distance)
    times = {"elbo": [], "scikit-learn": []}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data.idx")
        write_idx(x, path)
        for _ in range(options.rounds):
            found, bound = ours(options.program, path, options.components, options.iterations, folder)
            times["elbo"] += list(found)
            found, other = theirs(x / 255, options.components, options.iterations)
            times["scikit-learn"] += list(found)
            print(f"log p(x) per datum after {options.iterations} iterations: elbo {bound:.4f}, scikit-learn {other:.4f}")
    medians = {name: float(np.median(values)) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name}: {medians[name]:.3f} s an iteration (median of {len(values)}; {min(values):.3f} to {max(values):.3f})")
    print(f"ratio: {medians['scikit-learn'] / medians['elbo']:.2f}")


main()
