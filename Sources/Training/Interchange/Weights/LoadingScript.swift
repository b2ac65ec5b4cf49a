/// The Python that goes with exported weights.
enum LoadingScript {
  static let name = "load_elbo.py"

  /// In the folder of a file.
  static func path(beside file: String) -> String {
    file.lastIndex(of: "/").map { file[...$0] + name } ?? name
  }

  /// Whether a file is this script, as it is or as it was.
  static func isOne(_ file: some Sequence<UInt8>) -> Bool {
    file.starts(with: "\"\"\"Decoders that 'elbo export' wrote".utf8)
  }

  static let text = #"""
    """Decoders that 'elbo export' wrote, rebuilt in PyTorch and in NumPy: networks of linear layers.

        decoder = load_elbo.torch_decoder("model.safetensors")    # a torch.nn.Module
        decode = load_elbo.numpy_decoder("model.npz")             # a function of arrays

    Both take latent values (batch, latent), in a conditional model with one-hot classes behind them, (batch, latent +
    classes), and give the mean of p(x|z), (batch, data): probabilities of a bernoulli likelihood.
    """
    import json, math
    import numpy as np

    MEANS = {"bernoulli": "sigmoid", "gaussian": "identity", "laplace": "identity", "student-t": "identity",
             "discretized-logistic": "sigmoid"}
    FUNCTIONS = {  # as in NumPy, and as in torch.nn
        "identity": (lambda x: x, "Identity"), "relu": (lambda x: np.maximum(x, 0), "ReLU"), "tanh": (np.tanh, "Tanh"),
        "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), "Sigmoid"), "softplus": (lambda x: np.logaddexp(x, 0), "Softplus"),
        "gelu": (lambda x: x * (1 + np.vectorize(math.erf)(x / 2**0.5)) / 2, "GELU"), "silu": (lambda x: x / (1 + np.exp(-x)), "SiLU"),
        "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), "ELU"), "leakyRelu": (lambda x: np.where(x > 0, x, x / 100), "LeakyReLU")}
    EPSILON = 1e-5


    def layers(path):
        """The weight, the bias or None, the arrays of the layer normalization and the function of each layer."""
        if path.endswith(".npz"):
            weights = dict(np.load(path))
            model = json.loads(weights.pop("elbo").tobytes())
        else:
            from safetensors import safe_open
            with safe_open(path, "np") as file:
                weights, model = {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["elbo"])
        if model["network"] != "mlp" or model["likelihood"] not in MEANS:
            raise ValueError(f"{path}: a {model['network']} network with a {model['likelihood']} likelihood is not rebuilt here")
        names = [f"decoder.layers.{number}" for number in range(len(model["hidden"]))]
        names.append("decoder.logits" if "decoder.logits.weight" in weights else "decoder.mean")
        functions = [model["activation"]] * len(model["hidden"]) + [MEANS[model["likelihood"]]]
        norms = [f"decoder.norms.{number}." for number in range(len(model["hidden"]))] + ["none"]
        norms = [{name[len(n):]: array for name, array in weights.items() if name.startswith(n)} for n in norms]
        return [(*folded(weights[n + ".weight"], weights.get(n + ".bias"), norm), FUNCTIONS[f])
                for n, norm, f in zip(names, norms, functions)]


    def folded(weight, bias, norm):
        """A linear layer with the batch normalization behind it: by running statistics that is an affine map."""
        if "running_mean" not in norm:
            return weight, bias, norm
        scale = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
        shift = (0 if bias is None else bias) - norm["running_mean"]
        return weight * scale[:, None], shift * scale + norm["bias"], {}


    def normalized(x, norm):
        """As a layer normalization does."""
        if not norm:
            return x
        centered = x - x.mean(-1, keepdims=True)
        return centered / np.sqrt(x.var(-1, keepdims=True) + EPSILON) * norm["weight"] + norm["bias"]


    def numpy_decoder(path):
        def decode(x):
            for weight, bias, norm, (function, _) in stack:
                x = function(normalized(x @ weight.T + (0 if bias is None else bias), norm))
            return x
        stack = layers(path)
        return decode


    def torch_decoder(path):
        import torch
        modules = []
        for weight, bias, norm, (_, function) in layers(path):
            linear = torch.nn.utils.skip_init(torch.nn.Linear, weight.shape[1], weight.shape[0], bias is not None)
            arrays = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
            linear.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
            modules.append(linear)
            if norm:
                modules.append(torch.nn.LayerNorm(len(weight), eps=EPSILON))
                modules[-1].load_state_dict({name: torch.from_numpy(array) for name, array in norm.items()})
            modules.append(getattr(torch.nn, function)())
        return torch.nn.Sequential(*modules).eval()

    """#
}
