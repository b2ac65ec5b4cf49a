"""What the peers share: the workloads, the command line, and how blocks of steps are timed.

A peer is a script that builds one workload in one framework and hands `run` a function that trains so many steps. By
itself it times blocks and prints one JSON object. With --interleaved it prints an object when it is ready and then times
a block for each line of standard input that holds a number of steps, so that `elbo bench --peers` can take turns.

The data are made up and lie in memory as float32 batches, ready to use: a peer gathers nothing, which favours it.
"""

import argparse
import json
import os
import statistics
import sys
import time
from types import SimpleNamespace

WORKLOADS = {
    "mlp": SimpleNamespace(
        pixels=784, hidden=[400], latent=20, activation="relu", likelihood="bernoulli", samples=0, batch=128,
        epsilon=1e-8),
    "iwae": SimpleNamespace(
        pixels=784, hidden=[200, 200], latent=50, activation="tanh", likelihood="bernoulli", samples=50, batch=20,
        epsilon=1e-4),
    "iwae1": SimpleNamespace(
        pixels=784, hidden=[200, 200], latent=50, activation="tanh", likelihood="bernoulli", samples=1, batch=20,
        epsilon=1e-4),
    "large": SimpleNamespace(
        pixels=12288, hidden=[4096, 4096], latent=512, activation="relu", likelihood="gaussian", samples=0, batch=1024,
        epsilon=1e-8),
    # Convolutions of 4 x 4 that halve pictures of (channels, side, side), and their reverse.
    "conv": SimpleNamespace(
        pixels=12288, picture=(3, 64), channels=[32, 64, 128, 256], latent=128, activation="relu",
        likelihood="gaussian", samples=0, batch=128, epsilon=1e-8),
}


def options(description, modes, devices=("cpu",)):
    """Parses the command line and keeps the process to its threads, before a framework is imported."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--workload", choices=WORKLOADS, default="mlp")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--device", choices=devices, default=devices[0])
    parser.add_argument("--batch", type=int, default=0, help="data in a batch; 0 for the workload's own")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=0, help="steps in a block; 0 for about a quarter of a second")
    parser.add_argument("--blocks", type=int, default=9)
    parser.add_argument("--interleaved", action="store_true", help="time a block for each number on standard input")
    chosen = parser.parse_args()
    chosen.model = WORKLOADS[chosen.workload]
    chosen.batch = chosen.batch or chosen.model.batch
    if chosen.device in ("cpu", "opencl"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: chosen.threads]))
    return chosen


def absent(reason):
    """Says that this peer cannot run here, and ends."""
    print(json.dumps({"absent": reason}), flush=True)
    sys.exit(0)


def batches(chosen):
    """Pixels from 0 to 1 in float32: (batches, batch, pixels)."""
    import numpy

    count = max(2, 47_040_000 // chosen.model.pixels // chosen.batch)
    shape = (count, chosen.batch, chosen.model.pixels)
    return numpy.random.default_rng(0).integers(0, 256, shape, dtype=numpy.uint8).astype(numpy.float32) / 255


def run(chosen, identity, train, stride=1):
    """Times `train(steps)`, which trains, waits, and returns the last loss in nats per datum.

    `identity` says what runs: peer, version, device, and whatever else a reader should know. Blocks are multiples of
    `stride` steps.
    """

    def whole(steps):
        return -(-steps // stride) * stride

    identity = dict(
        identity, workload=chosen.workload, mode=chosen.mode, batch=chosen.batch, threads=chosen.threads)
    loss = train(whole(1))
    first_step = time.clock_gettime(time.CLOCK_MONOTONIC)
    train(whole(1 if chosen.workload in ("large", "conv") else 20))
    seconds, steps = 0.0, stride
    while seconds < 0.1:
        steps *= 2
        started = time.perf_counter()
        loss = train(steps)
        seconds = time.perf_counter() - started
    per_step = seconds / steps

    if chosen.interleaved:
        ready = dict(identity, secondsPerStep=per_step, firstStepAt=first_step, residentBytes=resident_bytes(), loss=loss)
        print(json.dumps(ready), flush=True)
        for line in sys.stdin:
            steps = whole(int(line))
            started = time.perf_counter()
            loss = train(steps)
            print(json.dumps({"steps": steps, "seconds": time.perf_counter() - started, "loss": loss}), flush=True)
        return

    steps = whole(chosen.steps or max(1, round(0.25 / per_step)))
    rates = []
    for _ in range(chosen.blocks):
        started = time.perf_counter()
        loss = train(steps)
        rates.append(steps / (time.perf_counter() - started))
    tenths = statistics.quantiles(rates, n=10, method="inclusive") if len(rates) > 1 else rates * 9
    speed = {"median": statistics.median(rates), "p10": tenths[0], "p90": tenths[-1]}
    print(json.dumps(dict(
        identity, stepsPerSecond=speed, imagesPerSecond=speed["median"] * chosen.batch, residentBytes=resident_bytes(),
        loss=loss)))


def resident_bytes():
    """Memory of this process that is in the machine now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
