"""Parameters after 20 steps of PyTorch's optimizers, which Tests/OptimizersTests holds ours against.

    python3 Tests/Goldens/optimizers.py

The loss is sum(a p^2 / 2 + sin(b p)) in float64. Prints the case's name and the parameters, one case a line.
"""

import torch

START = [0.5, -1.25, 2.0, 0.03125, -3.0]
A = torch.tensor([1.0, 0.1, 3.0, 0.01, 0.5], dtype=torch.float64)
B = torch.tensor([0.3, 1.7, -0.9, 2.2, 1.1], dtype=torch.float64)


def run(name, make, schedule=None, norm=None):
    p = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([p])
    scheduler = schedule(optimizer) if schedule else None
    for _ in range(20):
        optimizer.zero_grad()
        (A * p * p / 2 + torch.sin(B * p)).sum().backward()
        if norm:
            torch.nn.utils.clip_grad_norm_([p], norm)
        optimizer.step()
        if scheduler:
            scheduler.step()
    print(f"{name}: [{', '.join(repr(x) for x in p.detach().tolist())}]")


print(torch.__version__)
o, s = torch.optim, torch.optim.lr_scheduler
run("sgd", lambda p: o.SGD(p, lr=0.1))
run("sgd, decay", lambda p: o.SGD(p, lr=0.1, weight_decay=0.2))
run("sgd, clipped", lambda p: o.SGD(p, lr=0.1), norm=0.5)
run("momentum", lambda p: o.SGD(p, lr=0.05, momentum=0.9))
run("nesterov", lambda p: o.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1))
run("rmsprop", lambda p: o.RMSprop(p, lr=0.02, alpha=0.95, eps=1e-3))
run("rmsprop, decay", lambda p: o.RMSprop(p, lr=0.02, weight_decay=0.1))
run("adam", lambda p: o.Adam(p, lr=0.1))
run("adam, other betas", lambda p: o.Adam(p, lr=0.1, betas=(0.99, 0.999), eps=1e-4))
run("adam, decay", lambda p: o.Adam(p, lr=0.1, weight_decay=0.3))
run("adam, clipped", lambda p: o.Adam(p, lr=0.1, eps=1e-2), norm=1.0)
run("adamw", lambda p: o.AdamW(p, lr=0.1, weight_decay=0.3))
run("step", lambda p: o.SGD(p, lr=0.1), lambda x: s.StepLR(x, step_size=3, gamma=0.7))
run("exponential", lambda p: o.SGD(p, lr=0.1), lambda x: s.ExponentialLR(x, gamma=0.8))
run("cosine", lambda p: o.SGD(p, lr=0.1), lambda x: s.CosineAnnealingLR(x, T_max=20, eta_min=0.01))
run("linear", lambda p: o.SGD(p, lr=0.1), lambda x: s.LinearLR(x, start_factor=1, end_factor=0.2, total_iters=12))
run("warm-up", lambda p: o.SGD(p, lr=0.1), lambda x: s.LambdaLR(x, lambda t: min((t + 1) / 8, 1) * 0.9**t))
run("piecewise", lambda p: o.SGD(p, lr=0.1), lambda x: s.MultiStepLR(x, milestones=[4, 9], gamma=0.5))
