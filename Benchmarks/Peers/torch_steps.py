"""Training steps of PyTorch.

Modes: `example` is the code of pytorch/examples (sigmoid, then binary cross-entropy; Adam as it comes); `fused` takes
the cross-entropy from logits and the fused Adam; `compile` is `fused` through torch.compile.
"""

import os

import peer

chosen = peer.options(__doc__, modes=["example", "fused", "compile"], devices=["cpu", "cuda"])
os.environ.setdefault("OMP_NUM_THREADS", str(chosen.threads))
try:
    import torch
except ImportError:
    peer.absent("torch is not installed")
from torch import nn
from torch.nn import functional

torch.set_num_threads(chosen.threads)
torch.manual_seed(0)
shape = chosen.model
activation = getattr(torch, shape.activation)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        up = [shape.pixels, *shape.hidden]
        down = [shape.latent, *reversed(shape.hidden)]
        self.encoder = nn.ModuleList(nn.Linear(a, b) for a, b in zip(up, up[1:]))
        self.mean, self.log_variance = (nn.Linear(up[-1], shape.latent) for _ in range(2))
        self.decoder = nn.ModuleList(nn.Linear(a, b) for a, b in zip(down, down[1:]))
        self.output = nn.Linear(down[-1], shape.pixels)

    def encode(self, x):
        for layer in self.encoder:
            x = activation(layer(x))
        return x

    def decode(self, z):
        for layer in self.decoder:
            z = activation(layer(z))
        return self.output(z)

    def forward(self, x):
        h = self.encode(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        if shape.samples:
            return self.importance_weighted(x, mean, log_variance)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        y = self.decode(z)
        if shape.likelihood == "gaussian":
            error = 0.5 * functional.mse_loss(y, x, reduction="sum")
        elif chosen.mode == "example":
            error = functional.binary_cross_entropy(torch.sigmoid(y), x, reduction="sum")
        else:
            error = functional.binary_cross_entropy_with_logits(y, x, reduction="sum")
        return error - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())

    def importance_weighted(self, x, mean, log_variance):
        noise = torch.randn(shape.samples, *mean.shape, device=mean.device)
        z = mean + noise * torch.exp(0.5 * log_variance)
        y = self.decode(z)
        error = functional.binary_cross_entropy_with_logits(y, x.expand_as(y), reduction="none").sum(-1)
        # The constants of p(z) and q(z|x) cancel.
        weights = -error - 0.5 * z.pow(2).sum(-1) + 0.5 * (noise.pow(2) + log_variance).sum(-1)
        return -torch.logsumexp(weights, 0).mean()


class Convolutional(Model):
    def __init__(self):
        nn.Module.__init__(self)
        channels, side = shape.picture
        widths = [channels, *shape.channels]
        self.side = side >> len(shape.channels)
        features = widths[-1] * self.side**2
        self.encoder = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(widths, widths[1:]))
        self.mean, self.log_variance = (nn.Linear(features, shape.latent) for _ in range(2))
        self.input = nn.Linear(shape.latent, features)
        down = [nn.ConvTranspose2d(b, a, 4, 2, 1) for a, b in zip(widths, widths[1:])][::-1]
        self.decoder, self.output = nn.ModuleList(down[:-1]), down[-1]

    def encode(self, x):
        return super().encode(x.view(len(x), *shape.picture, shape.picture[1])).flatten(1)

    def decode(self, z):
        z = activation(self.input(z)).view(len(z), -1, self.side, self.side)
        return super().decode(z).flatten(1)


model = (Convolutional() if chosen.workload == "conv" else Model()).to(chosen.device)
optimizer = torch.optim.Adam(
    model.parameters(), lr=1e-3, eps=shape.epsilon, **({} if chosen.mode == "example" else {"fused": True}))
forward = torch.compile(model) if chosen.mode == "compile" else model
data = torch.from_numpy(peer.batches(chosen)).to(chosen.device)
position = 0


def train(steps):
    global position
    for _ in range(steps):
        optimizer.zero_grad()
        loss = forward(data[position])
        loss.backward()
        optimizer.step()
        position = (position + 1) % len(data)
    if chosen.device == "cuda":
        torch.cuda.synchronize()
    return float(loss.detach()) / (1 if shape.samples else chosen.batch)


shim = "mkl_shim" in os.environ.get("LD_PRELOAD", "")
peer.run(chosen, dict(peer="pytorch", version=torch.__version__, device=chosen.device, mklShim=shim), train)
