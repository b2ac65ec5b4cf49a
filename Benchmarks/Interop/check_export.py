"""What onnxruntime, PyTorch and NumPy make of the exported model of a run on MNIST, held against elbo itself.

    python check_export.py ELBO RUN MNIST_FOLDER

Exports the model as ONNX, safetensors and npz and runs each on the data and the latent values that elbo is given. Prints the
largest difference of each output, divided by its largest number, and fails above 1e-5. load_elbo.py is checked where it
rebuilds the model.
"""

import gzip
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file

elbo, run, mnist = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp())
config = json.loads((pathlib.Path(run) / "config.json").read_text())
latent, failed = config["latent"], []


def call(*words):
    return subprocess.run([elbo, *map(str, words), "--quiet"], check=True, capture_output=True, text=True).stdout


def compare(what, found, expected):
    difference = numpy.abs(found.astype(numpy.float64) - expected).max() / numpy.abs(expected).max()
    print(f"{what:40} {difference:.1e}")
    if not difference < 1e-5:
        failed.append(what)


def session(part):
    path = folder / f"{part}.onnx"
    call("export", run, "--part", part, "--output", path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return onnxruntime.InferenceSession(path)


def ask(part, **inputs):
    model = session(part)
    names = [output.name for output in model.get_outputs()]
    given = {i.name: inputs[i.name] for i in model.get_inputs()}
    return dict(zip(names, model.run(names, given)))


def one_hot(labels):
    return numpy.eye(max(config["classCount"], 1), dtype=numpy.float32)[labels]


# The decoder: the mean at the same latent values, classes one after the other.
z = numpy.random.default_rng(0).standard_normal((40, latent), dtype=numpy.float32)
numpy.save(folder / "z.npy", z)
label = one_hot(numpy.arange(len(z)) % max(config["classCount"], 1))
call("sample", run, "--latent", folder / "z.npy", "--mean", "--output", folder / "mean.npy")
mean = numpy.load(folder / "mean.npy").reshape(len(z), -1)
compare("onnx decoder: mean", ask("decoder", z=z, label=label)["mean"], mean)

for ending in ["safetensors", "npz"]:
    weights = folder / f"model.{ending}"
    call("export", run, "--output", weights)
    spec = importlib.util.spec_from_file_location("load_elbo", folder / "load_elbo.py")
    load_elbo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(load_elbo)
    inputs = numpy.concatenate([z, label], 1) if config["model"] == "cvae" else z
    try:
        decode = load_elbo.numpy_decoder(str(weights))
    except ValueError as error:
        print(f"load_elbo.py: {error}")
        continue
    compare(f"{ending} in NumPy: mean", decode(inputs), mean)
    import torch

    compare(
        f"{ending} in PyTorch: mean",
        load_elbo.torch_decoder(str(weights))(torch.from_numpy(inputs)).detach().numpy(),
        mean,
    )

# The encoder, on all test pictures.
def idx(name, offset):
    return numpy.frombuffer(gzip.open(f"{mnist}/{name}.gz").read(), numpy.uint8, offset=offset)


labels = one_hot(idx("t10k-labels-idx1-ubyte", 8)) if config["classCount"] else None
x = idx("t10k-images-idx3-ubyte", 16).reshape(10000, -1).astype(numpy.float32) / 255
call("encode", run, "--data-folder", mnist, "--output", folder / "codes.safetensors")
codes = load_file(folder / "codes.safetensors")
found = ask("encoder", x=x, label=labels)
compare("onnx encoder: mean", found["mean"], codes["mean"])
compare("onnx encoder: logVariance", found["logVariance"], codes["logVariance"])

# All of it: the bound of elbo's own noise, for the likelihood that has logits.
if config["likelihood"] == "bernoulli" and config["prior"] == "normal":
    noise = folder / "noise.npy"
    expected = json.loads(call("evaluate", run, "--data-folder", mnist, "--save-noise", noise, "--json"))
    found = {k: v.astype(numpy.float64) for k, v in ask("all", x=x, noise=numpy.load(noise)[:, 0], label=labels).items()}
    mean, log_variance, logits = found["mean"], found["logVariance"], found["logits"]
    reconstruction = (x * logits - numpy.logaddexp(0, logits)).sum(1).mean()
    kl = (mean**2 + numpy.exp(log_variance) - 1 - log_variance).sum(1).mean() / 2
    compare("onnx all: elbo", numpy.array(reconstruction - kl), numpy.array(expected["elbo"]))
    compare("onnx all: reconstruction", numpy.array(reconstruction), numpy.array(expected["reconstruction"]))

sys.exit(f"above 1e-5: {', '.join(failed)}" if failed else 0)
