"""Training steps of JAX.

Modes: `jit` compiles one step and gives its state away to the next; `scan` compiles a hundred in one call, the fewest
dispatches that JAX allows.
"""

import os

import peer

chosen = peer.options(__doc__, modes=["jit", "scan"], devices=["cpu", "cuda"])
os.environ["JAX_PLATFORMS"] = chosen.device
if chosen.device == "cpu":
    os.environ["NPROC"] = str(chosen.threads)
try:
    import jax
except ImportError:
    peer.absent("jax is not installed")
import jax.numpy as jnp
import numpy

shape = chosen.model
activation = {"relu": jax.nn.relu, "tanh": jnp.tanh}[shape.activation]
is_convolutional = chosen.workload == "conv"
if is_convolutional:
    channels, side = shape.picture
    widths = [channels, *shape.channels]
    smallest = side >> len(shape.channels)
    up = [widths[-1] * smallest**2]
    down = [shape.latent, up[-1]]
else:
    up = [shape.pixels, *shape.hidden]
    down = [shape.latent, *reversed(shape.hidden), shape.pixels]


def filters(key, inputs, outputs):
    bound = 1 / numpy.sqrt(16 * inputs)
    weight, bias = jax.random.split(key)
    return dict(
        w=jax.random.uniform(weight, (outputs, inputs, 4, 4), minval=-bound, maxval=bound),
        b=jax.random.uniform(bias, (outputs, 1, 1), minval=-bound, maxval=bound))


def convolve(layer, x, **window):
    axes = ("NCHW", "OIHW", "NCHW")
    return jax.lax.conv_general_dilated(x, layer["w"], dimension_numbers=axes, **window) + layer["b"]


def halve(layer, x):
    return convolve(layer, x, window_strides=(2, 2), padding=((1, 1), (1, 1)))


def double(layer, x):
    return convolve(layer, x, window_strides=(1, 1), padding=((2, 2), (2, 2)), lhs_dilation=(2, 2))


def linear(key, inputs, outputs):
    bound = 1 / numpy.sqrt(inputs)
    weight, bias = jax.random.split(key)
    return dict(
        w=jax.random.uniform(weight, (inputs, outputs), minval=-bound, maxval=bound),
        b=jax.random.uniform(bias, (outputs,), minval=-bound, maxval=bound))


def apply(layer, x):
    return x @ layer["w"] + layer["b"]


def cross_entropy(y, x):
    return jnp.maximum(y, 0) - y * x + jnp.log1p(jnp.exp(-jnp.abs(y)))


def loss_of(parameters, x, key):
    h = x
    if is_convolutional:
        h = h.reshape(-1, channels, side, side)
        for layer in parameters["halving"]:
            h = activation(halve(layer, h))
        h = h.reshape(len(x), -1)
    for layer in parameters["encoder"]:
        h = activation(apply(layer, h))
    mean, log_variance = apply(parameters["mean"], h), apply(parameters["log_variance"], h)
    noise = jax.random.normal(key, (shape.samples,) * bool(shape.samples) + mean.shape)
    z = mean + noise * jnp.exp(0.5 * log_variance)
    y = z
    for layer in parameters["decoder"][:-1]:
        y = activation(apply(layer, y))
    y = apply(parameters["decoder"][-1], y)
    if is_convolutional:
        y = y.reshape(-1, widths[-1], smallest, smallest)
        for layer in parameters["doubling"]:
            y = double(layer, activation(y))
        y = y.reshape(len(x), -1)
    if shape.samples:
        # The constants of p(z) and q(z|x) cancel.
        weights = -cross_entropy(y, x).sum(-1) - 0.5 * (z**2).sum(-1) + 0.5 * (noise**2 + log_variance).sum(-1)
        return -jax.nn.logsumexp(weights, axis=0).mean()
    error = 0.5 * jnp.sum((y - x) ** 2) if shape.likelihood == "gaussian" else jnp.sum(cross_entropy(y, x))
    return error - 0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance))


def step(state, x):
    parameters, first, second, count, key = state
    key, noise = jax.random.split(key)
    loss, gradient = jax.value_and_grad(loss_of)(parameters, x, noise)
    count = count + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    c1, c2 = 1 - 0.9**count, 1 - 0.999**count
    parameters = jax.tree.map(
        lambda p, m, v: p - 1e-3 * (m / c1) / (jnp.sqrt(v / c2) + shape.epsilon), parameters, first, second)
    return (parameters, first, second, count, key), loss


key = jax.random.key(0)
keys = iter(jax.random.split(key, 16))
parameters = dict(
    encoder=[linear(next(keys), a, b) for a, b in zip(up, up[1:])],
    mean=linear(next(keys), up[-1], shape.latent),
    log_variance=linear(next(keys), up[-1], shape.latent),
    decoder=[linear(next(keys), a, b) for a, b in zip(down, down[1:])])
if is_convolutional:
    parameters["halving"] = [filters(next(keys), a, b) for a, b in zip(widths, widths[1:])]
    parameters["doubling"] = [filters(next(keys), b, a) for a, b in zip(widths, widths[1:])][::-1]
state = (
    parameters, jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0), key)

data = peer.batches(chosen)
one = jax.jit(step, donate_argnums=0)
many = jax.jit(lambda state, xs: jax.lax.scan(step, state, xs), donate_argnums=0)
stride = min(100, len(data)) if chosen.mode == "scan" else 1
run = one if stride == 1 else many
calls = [data[i] if stride == 1 else data[i : i + stride] for i in range(0, len(data) - stride + 1, stride)]
calls = [jnp.asarray(call) for call in calls]
position = 0


def train(steps):
    global state, position
    for _ in range(steps // stride):
        state, loss = run(state, calls[position % len(calls)])
        position += 1
    jax.block_until_ready(state)
    return float(jnp.ravel(loss)[-1]) / (1 if shape.samples else chosen.batch)


peer.run(chosen, dict(peer="jax", version=jax.__version__, device=chosen.device), train, stride)
