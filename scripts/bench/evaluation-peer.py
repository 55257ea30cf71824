"""From two COCO files to the twelve numbers with one other evaluator: prints one JSON line.

usage: evaluation-peer.py pycocotools|faster-coco-eval|hotcoco annotations.json detections.json
"""

import contextlib
import io
import json
import resource
import sys
import time

peer, annotations, detections = sys.argv[1:]
if peer == "pycocotools":
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval as Evaluator
elif peer == "faster-coco-eval":
    from faster_coco_eval import COCO, COCOeval_faster as Evaluator
elif peer == "hotcoco":
    from hotcoco import COCO, COCOeval as Evaluator
else:
    sys.exit(f"unknown evaluator {peer}")

with contextlib.redirect_stdout(io.StringIO()):
    start = time.perf_counter()
    truth = COCO(annotations)
    evaluator = Evaluator(truth, truth.load_res(detections) if peer == "hotcoco" else truth.loadRes(detections), "bbox")
    evaluator.evaluate()
    evaluator.accumulate()
    evaluator.summarize()
    seconds = time.perf_counter() - start
print(
    json.dumps(
        {
            "seconds": seconds,
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "stats": [float(value) for value in evaluator.stats],
        }
    )
)
