"""Training steps of tinygrad, each captured by TinyJit."""

import os
from importlib import metadata

import peer

chosen = peer.options(__doc__, modes=["jit"], devices=["opencl", "cpu", "cuda"])
os.environ["DEV"] = {"opencl": "CL", "cpu": "CPU", "cuda": "CUDA"}[chosen.device]
# PoCL's threads would otherwise be bound to processors that this process may not use.
os.environ.setdefault("POCL_AFFINITY", "0")
if chosen.workload == "conv":
    peer.absent("this peer has no convolutions")
try:
    from tinygrad import Device, Tensor, TinyJit, nn
except ImportError:
    peer.absent("tinygrad is not installed")
from tinygrad.helpers import Context

Tensor.manual_seed(0)
shape = chosen.model


def cross_entropy(y, x):
    return y.relu() - y * x + (1 + (-y.abs()).exp()).log()


class Model:
    def __init__(self):
        up = [shape.pixels, *shape.hidden]
        down = [shape.latent, *reversed(shape.hidden), shape.pixels]
        self.encoder = [nn.Linear(a, b) for a, b in zip(up, up[1:])]
        self.mean, self.log_variance = nn.Linear(up[-1], shape.latent), nn.Linear(up[-1], shape.latent)
        self.decoder = [nn.Linear(a, b) for a, b in zip(down, down[1:])]

    def loss(self, x):
        h = x
        for layer in self.encoder:
            h = getattr(layer(h), shape.activation)()
        mean, log_variance = self.mean(h), self.log_variance(h)
        noise = Tensor.randn(*((shape.samples,) * bool(shape.samples)), *mean.shape)
        z = mean + noise * (0.5 * log_variance).exp()
        y = z
        for layer in self.decoder[:-1]:
            y = getattr(layer(y), shape.activation)()
        y = self.decoder[-1](y)
        if shape.samples:
            # The constants of p(z) and q(z|x) cancel.
            weights = -cross_entropy(y, x).sum(-1) - 0.5 * (z * z).sum(-1) + 0.5 * (noise * noise + log_variance).sum(-1)
            return -weights.logsumexp(0).mean()
        error = 0.5 * (y - x).square().sum() if shape.likelihood == "gaussian" else cross_entropy(y, x).sum()
        return error - 0.5 * (1 + log_variance - mean * mean - log_variance.exp()).sum()


try:
    Device[Device.DEFAULT]
except Exception as error:
    peer.absent(f"tinygrad has no device {os.environ['DEV']}: {str(error).splitlines()[0]}")
model = Model()
optimizer = nn.optim.Adam(nn.state.get_parameters(model), lr=1e-3, eps=shape.epsilon)
data = [Tensor(batch).contiguous().realize() for batch in peer.batches(chosen)[:32]]
position = 0


@TinyJit
def step(x):
    with Context(TRAINING=1):
        optimizer.zero_grad()
        loss = model.loss(x)
        loss.backward()
        return loss.realize(*optimizer.schedule_step())


def train(steps):
    global position
    for _ in range(steps):
        loss = step(data[position % len(data)])
        position += 1
    Device[Device.DEFAULT].synchronize()
    return float(loss.item()) / (1 if shape.samples else chosen.batch)


peer.run(chosen, dict(peer="tinygrad", version=metadata.version("tinygrad"), device=chosen.device), train)
