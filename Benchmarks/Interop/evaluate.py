"""The bound and the likelihood of a run's model on the MNIST test set, computed by PyTorch from the run's checkpoint and
noise.

    elbo evaluate RUN --samples 64 --save-noise noise.npy --json > elbo.json
    python evaluate.py RUN/checkpoints/latest noise.npy MNIST_FOLDER/t10k-images-idx3-ubyte.gz [relu | tanh]
"""
import gzip, math, sys
import numpy, torch
from safetensors.torch import load_file
from torch.nn.functional import binary_cross_entropy_with_logits, linear

p = load_file(sys.argv[1])
noise = numpy.load(sys.argv[2], mmap_mode="r")                             # (data, samples, latent)
pixels = numpy.frombuffer(gzip.open(sys.argv[3]).read(), numpy.uint8, offset=16)
x = torch.from_numpy(pixels.reshape(len(noise), -1).astype(numpy.float32)) / 255
activation = getattr(torch, sys.argv[4] if len(sys.argv) > 4 else "relu")
layer = lambda name, h: linear(h, p[name + ".weight"], p[name + ".bias"])


def hidden(side, h):
    for number in range(sum(name.startswith(f"{side}.layers.") for name in p) // 2):
        h = activation(layer(f"{side}.layers.{number}", h))
    return h


reconstruction, kl, evidence = [], [], []
for start in range(0, len(x), 100):
    here = slice(start, start + 100)
    h = hidden("encoder", x[here])
    mean, log_variance = layer("encoder.mean", h), layer("encoder.logVariance", h)
    eps = torch.from_numpy(numpy.array(noise[here]))                       # (batch, samples, latent)
    z = mean[:, None] + (log_variance / 2).exp()[:, None] * eps
    logits = layer("decoder.logits", hidden("decoder", z))
    target = x[here, None].expand_as(logits)
    log_likelihood = -binary_cross_entropy_with_logits(logits, target, reduction="none").double().sum(-1)
    log_ratio = (eps.double() ** 2 / 2 + log_variance.double()[:, None] / 2 - z.double() ** 2 / 2).sum(-1)
    reconstruction.append(log_likelihood.mean(1))
    kl.append((mean**2 + log_variance.exp() - 1 - log_variance).double().sum(1) / 2)
    evidence.append((log_likelihood + log_ratio).logsumexp(1) - math.log(eps.shape[1]))
reconstruction, kl, evidence = (torch.cat(part).mean().item() for part in (reconstruction, kl, evidence))
print(f"reconstruction {reconstruction:.7f}  kl {kl:.7f}  elbo {reconstruction - kl:.7f}  log p(x) {evidence:.7f}")
