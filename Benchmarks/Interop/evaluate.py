"""The bound of a run's model on the MNIST test set, computed by PyTorch from the run's checkpoint and noise.

    elbo evaluate RUN --save-noise noise.npy --json > elbo.json
    python evaluate.py RUN/checkpoints/latest noise.npy MNIST_FOLDER/t10k-images-idx3-ubyte.gz
"""
import gzip, sys
import numpy, torch
from safetensors.torch import load_file
from torch.nn.functional import binary_cross_entropy_with_logits, linear, relu

p = load_file(sys.argv[1])
eps = torch.from_numpy(numpy.load(sys.argv[2]))[:, 0]                      # (data, latent): one sample each
pixels = numpy.frombuffer(gzip.open(sys.argv[3]).read(), numpy.uint8, offset=16)
x = torch.from_numpy(pixels.reshape(len(eps), -1).astype(numpy.float32)) / 255
layer = lambda name, h: linear(h, p[name + ".weight"], p[name + ".bias"])

h = relu(layer("encoder.layers.0", x))
mean, log_variance = layer("encoder.mean", h), layer("encoder.logVariance", h)
z = mean + (log_variance / 2).exp() * eps
logits = layer("decoder.logits", relu(layer("decoder.layers.0", z)))
reconstruction = -binary_cross_entropy_with_logits(logits, x, reduction="none").double().sum(1).mean().item()
kl = ((mean**2 + log_variance.exp() - 1 - log_variance).double().sum(1) / 2).mean().item()
print(f"reconstruction {reconstruction:.7f}  kl {kl:.7f}  elbo {reconstruction - kl:.7f}")
