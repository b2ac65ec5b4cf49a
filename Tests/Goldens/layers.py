"""Layers of pictures in PyTorch, which Tests/LayersTests holds ours against.

    python3 Tests/Goldens/layers.py

Inputs and parameters are a fixed pattern of sixteenths, in float64. Prints for each layer the shape of its output, then
the output's product with the pattern, and the same for the gradients of that with respect to the input and to each
parameter: one case a line.
"""

import torch
from torch import nn


def pattern(shape, start):
    count = torch.Size(shape).numel()
    return (((torch.arange(count) * 37 + start * 11) % 64 - 32).double() / 16).reshape(shape)


def run(name, layer, *shape):
    layer = layer.double()
    with torch.no_grad():
        for number, parameter in enumerate(layer.parameters()):
            parameter.copy_(pattern(parameter.shape, number + 2))
    x = pattern(shape, 1).requires_grad_()
    y = layer(x)
    (y * pattern(y.shape, 7)).sum().backward()
    values = [(y * pattern(y.shape, 7)).sum(), (x.grad * pattern(x.shape, 8)).sum()]
    values += [(p.grad * pattern(p.shape, 9)).sum() for p in layer.parameters()]
    print(f"{name}: {list(y.shape)} {[value.item() for value in values]}")


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(2, channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(2, channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1.eps = self.norm2.eps = 2**-10

    def forward(self, x):
        return x + self.conv2(torch.relu(self.norm2(self.conv1(torch.relu(self.norm1(x))))))


print(torch.__version__)
run("conv", nn.Conv2d(3, 4, 3), 2, 3, 5, 6)
run("conv, halving", nn.Conv2d(3, 4, 4, stride=2, padding=1), 2, 3, 8, 6)
run("conv, groups", nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), groups=2), 1, 4, 7, 5)
run("conv, no bias", nn.Conv2d(2, 3, 1, bias=False), 2, 2, 3, 3)
run("transposed", nn.ConvTranspose2d(4, 3, 3), 2, 4, 5, 4)
run("transposed, doubling", nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1), 2, 4, 3, 5)
run("transposed, groups", nn.ConvTranspose2d(4, 6, (3, 2), (3, 2), (1, 0), (2, 1), 2, dilation=(2, 1)), 1, 4, 4, 3)
run("group norm", nn.GroupNorm(2, 6, eps=2**-10), 2, 6, 3, 4)
run("layer norm", nn.LayerNorm([4, 5], eps=2**-10), 3, 2, 4, 5)
run("upsample", nn.Upsample(scale_factor=3, mode="nearest"), 2, 3, 4, 2)
run("average pool", nn.AvgPool2d(2), 2, 3, 5, 6)
run("max pool", nn.MaxPool2d(3), 2, 3, 7, 6)
run("average pool, overlapping", nn.AvgPool2d(3, 2, 1), 2, 3, 7, 6)
run("max pool, overlapping", nn.MaxPool2d(3, 2, 1), 2, 3, 7, 6)
run("average pool, apart", nn.AvgPool2d(2, 3), 1, 2, 7, 9)
run("max pool, apart", nn.MaxPool2d(2, 3, 1), 1, 2, 7, 9)
run("batch norm", nn.BatchNorm2d(3, eps=2**-10), 2, 3, 3, 4)
run("batch norm, evaluating", nn.BatchNorm1d(3, eps=2**-10).eval(), 5, 3)
run("residual", Residual(4), 2, 4, 5, 5)
