"""The networks of this project written in PyTorch, of the same shapes: see src/learning/detector/{backbones,fpn,heads,losses}.ts.

Padding is symmetric, which PyTorch computes faster than TensorFlow's; the shapes are the same.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

STAGES = [(16, 1, 3, 1, 1), (24, 2, 3, 2, 6), (40, 2, 5, 2, 6), (80, 3, 3, 2, 6), (112, 3, 5, 1, 6), (192, 4, 5, 2, 6), (320, 1, 3, 1, 6)]
VARIANTS = {"b0": (1, 1), "b1": (1, 1.1), "b2": (1.1, 1.2), "b3": (1.2, 1.4), "b4": (1.4, 1.8), "b5": (1.6, 2.2), "b6": (1.8, 2.6), "b7": (2, 3.1)}
MOBILE = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)]
PLAIN = [16, 24, 48, 64, 96]


def scaled(channels, width):
    target = channels * width
    rounded = max(8, math.floor((target + 4) / 8) * 8)
    return rounded + 8 if rounded < 0.9 * target else rounded


def multipliers(options):
    width, depth = VARIANTS[options["backbone"][-2:]]
    return width * options["width"], depth * options["depth"]


def branch_count(options):
    if not options["backbone"].startswith("efficientnet"):
        return 0
    _, depth = multipliers(options)
    return sum(math.ceil(repeats * depth) for _, repeats, *_ in STAGES)


def conv(inputs, outputs, size, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=bias)


class Block(nn.Module):
    def __init__(self, inputs, outputs, size, stride, expand, index):
        super().__init__()
        inner = inputs * expand
        norm = lambda channels: nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        self.index = index
        self.expand = nn.Sequential(conv(inputs, inner, 1), norm(inner), nn.SiLU(inplace=True)) if expand > 1 else nn.Identity()
        self.depthwise = nn.Sequential(conv(inner, inner, size, stride, inner), norm(inner), nn.SiLU(inplace=True))
        reduced = max(1, round(inputs * 0.25))
        self.reduce = conv(inner, reduced, 1, bias=True)
        self.excite = conv(reduced, inner, 1, bias=True)
        self.project = nn.Sequential(conv(inner, outputs, 1), norm(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x, branches):
        y = self.depthwise(self.expand(x))
        gate = self.excite(F.silu(self.reduce(y.mean((2, 3), keepdim=True))))
        y = self.project(y * torch.sigmoid(gate))
        return x + y * branches[:, self.index] if self.residual else y


class EfficientNet(nn.Module):
    def __init__(self, options):
        super().__init__()
        width, depth = multipliers(options)
        channels = scaled(32, width)
        self.stem = nn.Sequential(conv(3, channels, 3, 2), nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01), nn.SiLU(inplace=True))
        self.stages = nn.ModuleList()
        index = 0
        for outputs, repeats, size, stride, expand in STAGES:
            blocks = nn.ModuleList()
            for j in range(math.ceil(repeats * depth)):
                blocks.append(Block(channels, scaled(outputs, width), size, stride if j == 0 else 1, expand, index))
                channels = scaled(outputs, width)
                index += 1
            self.stages.append(blocks)
        self.channels = [scaled(STAGES[i][0], width) for i in (2, 4, 6)]
        self.width = width

    def forward(self, x, branches):
        x = self.stem(x)
        maps = []
        for blocks in self.stages:
            for block in blocks:
                x = block(x, branches)
            maps.append(x)
        return maps[2], maps[4], maps[6]


class MobileNet(nn.Module):
    def __init__(self, options):
        super().__init__()
        width = options["width"]
        channels = int(32 * width)
        norm = lambda count: nn.BatchNorm2d(count, eps=1e-3, momentum=0.01)
        self.stem = nn.Sequential(conv(3, channels, 3, 2), norm(channels), nn.ReLU6(inplace=True))
        self.blocks = nn.ModuleList()
        for outputs, stride in MOBILE:
            outputs = int(outputs * width)
            self.blocks.append(
                nn.Sequential(
                    conv(channels, channels, 3, stride, channels), norm(channels), nn.ReLU6(inplace=True),
                    conv(channels, outputs, 1), norm(outputs), nn.ReLU6(inplace=True),
                )
            )
            channels = outputs
        self.channels = [int(count * width) for count in (256, 512, 1024)]

    def forward(self, x, branches):
        x = self.stem(x)
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        return maps[4], maps[10], maps[12]


class Plain(nn.Module):
    def __init__(self, options):
        super().__init__()
        counts = [max(1, round(count * options["width"])) for count in PLAIN]
        self.blocks = nn.ModuleList(
            nn.Sequential(conv(inputs, outputs, 3, 2), nn.BatchNorm2d(outputs, eps=1e-4, momentum=0.003), nn.ReLU(inplace=True))
            for inputs, outputs in zip([3, *counts], counts)
        )
        self.channels = counts[2:]

    def forward(self, x, branches):
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        return tuple(maps[2:])


def backbone(options):
    name = options["backbone"]
    return (Plain if name == "plain" else MobileNet if name == "mobilenet-v1" else EfficientNet)(options)


class Classifier(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.backbone = backbone(options)
        channels = self.backbone.channels[-1]
        self.head = nn.Identity()
        if isinstance(self.backbone, EfficientNet):
            filters = scaled(1280, self.backbone.width)
            self.head = nn.Sequential(conv(channels, filters, 1), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.SiLU(inplace=True))
            channels = filters
        self.classifier = nn.Linear(channels, options["classes"])

    def forward(self, images, branches):
        *_, c5 = self.backbone(images, branches)
        return self.classifier(self.head(c5).mean((2, 3)))


class Pyramid(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.lateral = nn.ModuleList(conv(count, filters, 1, bias=True) for count in channels)
        self.post = nn.ModuleList(conv(filters, filters, 3) for _ in channels)
        self.extra = nn.ModuleList(conv(filters, filters, 3, 2, bias=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters, eps=1e-4, momentum=0.003) for _ in range(5))

    def forward(self, maps):
        merged = [lateral(x) for lateral, x in zip(self.lateral, maps)]
        for i in (1, 0):
            up = F.interpolate(merged[i + 1], scale_factor=2, mode="nearest")
            merged[i] = merged[i] + up[:, :, : merged[i].shape[2], : merged[i].shape[3]]
        outputs = [post(x) for post, x in zip(self.post, merged)]
        outputs.append(self.extra[0](outputs[-1]))
        outputs.append(self.extra[1](F.relu(outputs[-1])))
        return [norm(x) for norm, x in zip(self.norms, outputs)]


class Head(nn.Module):
    def __init__(self, filters, convolutions, columns, anchors=9):
        super().__init__()
        self.columns = columns
        self.convolutions = nn.ModuleList(conv(filters, filters, 3) for _ in range(convolutions))
        self.norms = nn.ModuleList(
            nn.ModuleList(nn.BatchNorm2d(filters, eps=1e-4, momentum=0.003) for _ in range(5)) for _ in range(convolutions)
        )
        self.predict = conv(filters, columns * anchors, 3, bias=True)

    def forward(self, maps):
        rows = []
        for level, x in enumerate(maps):
            for convolution, norms in zip(self.convolutions, self.norms):
                x = F.relu(norms[level](convolution(x)), inplace=True)
            rows.append(self.predict(x).permute(0, 2, 3, 1).reshape(x.shape[0], -1, self.columns))
        return torch.cat(rows, 1)


class RetinaNet(nn.Module):
    def __init__(self, options):
        super().__init__()
        filters, convolutions = options["fpnChannels"], options["headConvolutions"]
        self.backbone = backbone(options)
        self.pyramid = Pyramid(self.backbone.channels, filters)
        self.classes = Head(filters, convolutions, options["classes"])
        self.boxes = Head(filters, convolutions, 4)

    @staticmethod
    def anchor_count(size):
        return sum(9 * math.ceil(size / 2**level) ** 2 for level in range(3, 8))

    def forward(self, images, branches):
        maps = self.pyramid(self.backbone(images, branches))
        return self.classes(maps), self.boxes(maps)


def detection_loss(outputs, class_targets, box_targets, alpha=0.25, gamma=1.5, delta=0.1, box_weight=50):
    """Focal and Huber losses, divided by the positives + 1 (the box loss by four times that)."""
    logits, codes = outputs
    positives = (class_targets >= 0).sum() + 1.0
    hot = F.one_hot(class_targets.clamp(min=0), logits.shape[2]) * (class_targets >= 0).unsqueeze(2)
    hot = hot.to(logits.dtype)
    entropy = F.binary_cross_entropy_with_logits(logits, hot, reduction="none")
    p = torch.sigmoid(logits)
    wrong = p * (1 - hot) + (1 - p) * hot
    focal = ((alpha * hot + (1 - alpha) * (1 - hot)) * wrong**gamma * entropy).sum() / positives
    counts = (box_targets != 0).to(codes.dtype)
    huber = (F.huber_loss(codes, box_targets, reduction="none", delta=delta) * counts).sum() / (4 * positives)
    return focal + box_weight * huber
