"""A VAE that PyTorch trains, imported by elbo and evaluated by both on the MNIST test set with the same noise.

    python check_import.py ELBO MNIST_FOLDER

The model has the layers and the names of pytorch/examples' VAE. Prints the bound by PyTorch and by elbo, of the weights as
they were imported, and of those after elbo has trained them further and PyTorch has taken them back; fails where they differ
by more than 1e-5 of themselves.
"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import binary_cross_entropy_with_logits

elbo, mnist = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp())
NAMES = {"fc1": "encoder.layers.0", "fc21": "encoder.mean", "fc22": "encoder.logVariance", "fc3": "decoder.layers.0",
         "fc4": "decoder.logits"}


def pictures(name):
    pixels = numpy.frombuffer(gzip.open(f"{mnist}/{name}-images-idx3-ubyte.gz").read(), numpy.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 784).astype(numpy.float32)) / 255


class VAE(torch.nn.Module):
    def __init__(self):
        super().__init__()
        sizes = {"fc1": (784, 400), "fc21": (400, 20), "fc22": (400, 20), "fc3": (20, 400), "fc4": (400, 784)}
        for name, (inputs, outputs) in sizes.items():
            setattr(self, name, torch.nn.Linear(inputs, outputs))

    def bound(self, x, noise):
        """Nats of each picture."""
        h = torch.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        logits = self.fc4(torch.relu(self.fc3(mean + (log_variance / 2).exp() * noise)))
        entropy = binary_cross_entropy_with_logits(logits, x, reduction="none").double().sum(1)
        return -entropy - (mean**2 + log_variance.exp() - 1 - log_variance).double().sum(1) / 2


def call(*words):
    done = subprocess.run([elbo, *map(str, words), "--quiet"], check=True, capture_output=True, text=True)
    return done.stdout


def compare(what, model):
    """The bound of the run and of the model, from noise that PyTorch draws."""
    noise = torch.randn(len(test), 20)
    numpy.save(folder / "noise.npy", noise[:, None].numpy())
    words = ["--data-folder", mnist, "--noise", folder / "noise.npy", "--json"]
    ours = json.loads(call("evaluate", folder / "run", *words))["elbo"]
    with torch.no_grad():
        theirs = model.bound(test, noise).mean().item()
    difference = abs(ours - theirs) / abs(theirs)
    print(f"{what:24} PyTorch {theirs:.6f}  elbo {ours:.6f}  difference {difference:.1e}")
    return difference < 1e-5


torch.manual_seed(0)
train, test = pictures("train"), pictures("t10k")
model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(300):
    x = train[torch.randint(len(train), (128,))]
    optimizer.zero_grad()
    (-model.bound(x, torch.randn(128, 20)).mean()).backward()
    optimizer.step()

save_file(model.state_dict(), folder / "vae.safetensors")
call("import", folder / "vae.safetensors", "--data-folder", mnist, "--epochs", 1, "--output", folder / "run")
is_equal = compare("imported", model)

call("train", "--resume", folder / "run", "--data-folder", mnist)
call("export", folder / "run", "--output", folder / "back.safetensors")
weights = load_file(folder / "back.safetensors")
model.load_state_dict({f"{name}.{kind}": weights[f"{path}.{kind}"]
                       for name, path in NAMES.items() for kind in ("weight", "bias")})
is_equal = compare("trained on, exported", model) and is_equal
sys.exit(0 if is_equal else "they differ by more than 1e-5")
