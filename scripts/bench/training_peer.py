"""Times training steps of one network in PyTorch on the CPU: prints one JSON line, like `rethink bench training --json`.

usage: training_peer.py options.json
The options are those of src/learning/bench/options.ts, and `mode`: "channels-last" or "compile".
"""

import json
import math
import resource
import statistics
import sys
import time

options = json.loads(sys.argv[1])

import torch

torch.set_num_threads(options["threads"])
torch.manual_seed(0)

from training_peer_model import Classifier, RetinaNet, branch_count, detection_loss


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_bytes():
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def measure(f, warmup, steps):
    for _ in range(warmup):
        f()
    times = []
    for _ in range(steps):
        begun = time.perf_counter()
        f()
        times.append(1000 * (time.perf_counter() - begun))
    return {"median": statistics.median(times), "min": min(times), "max": max(times)}


idle = resident_bytes()
detecting = options.get("detector") == "retinanet"
size, batch = options["size"], options["batch"]
model = (RetinaNet if detecting else Classifier)(options).to(memory_format=torch.channels_last)
model.train()

images = torch.randn(batch, 3, size, size).to(memory_format=torch.channels_last)
rates = [options["dropConnect"] * i / max(1, branch_count(options)) for i in range(branch_count(options))]
kept = torch.tensor([[0.0 if torch.rand(()) < rate else 1 / (1 - rate) for rate in rates] for _ in range(batch)])
branches = kept.view(batch, -1, 1, 1, 1)

if detecting:
    anchors = model.anchor_count(size)
    classes = torch.full((batch, anchors), -1, dtype=torch.int64)
    classes[torch.rand(batch, anchors) < 0.02] = 1
    boxes = torch.randn(batch, anchors, 4) * (classes >= 0).unsqueeze(2)

    def loss_of(outputs):
        return detection_loss(outputs, classes, boxes)

else:
    labels = torch.randint(options["classes"], (batch,))
    loss_of = lambda logits: torch.nn.functional.cross_entropy(logits, labels)


def forward():
    return loss_of(model(images, branches))


if options["mode"] == "compile":
    forward = torch.compile(forward)

decayed = [p for p in model.parameters() if p.dim() > 1]
others = [p for p in model.parameters() if p.dim() <= 1]
groups = [{"params": decayed, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0.0}]
if options["optimizer"] == "adam":
    optimizer = torch.optim.Adam(groups, lr=1e-4, fused=True)
else:
    optimizer = torch.optim.SGD(groups, lr=1e-4, momentum=0.9, fused=True)


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = forward()
    loss.backward()
    optimizer.step()
    return loss.item()


begun = time.perf_counter()
first = step()
compile_ms = 1000 * (time.perf_counter() - begun)
reset_peak()
steps = measure(step, options["warmup"], options["steps"])
peak = peak_bytes()


def forward_only():
    with torch.no_grad():
        forward().item()


forwards = measure(forward_only, max(1, options["warmup"]), options["steps"])
print(
    json.dumps(
        {
            "forwardMs": forwards,
            "stepMs": steps,
            "peakMemoryBytes": peak,
            "backend": f"pytorch {torch.__version__}, {options['mode']}",
            "threads": torch.get_num_threads(),
            "compileMs": compile_ms,
            "idleMemoryBytes": idle,
            "parameters": sum(p.numel() for p in model.parameters()),
            "loss": first,
        }
    )
)
