/// The Python that goes with exported weights.
enum LoadingScript {
  static let name = "load_elbo.py"

  /// In the folder of a file.
  static func path(beside file: String) -> String {
    file.lastIndex(of: "/").map { file[...$0] + name } ?? name
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


    def layers(path):
        """The weight, the bias and the function of each layer of the decoder."""
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
        return [(weights[n + ".weight"], weights[n + ".bias"], FUNCTIONS[f]) for n, f in zip(names, functions)]


    def numpy_decoder(path):
        def decode(x):
            for weight, bias, (function, _) in stack:
                x = function(x @ weight.T + bias)
            return x
        stack = layers(path)
        return decode


    def torch_decoder(path):
        import torch
        modules = []
        for weight, bias, (_, function) in layers(path):
            linear = torch.nn.utils.skip_init(torch.nn.Linear, weight.shape[1], weight.shape[0])
            linear.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
            modules += [linear, getattr(torch.nn, function)()]
        return torch.nn.Sequential(*modules)

    """#
}
