"""What pycocotools gives for small random sets with parameters other than COCO's.

    pip install pycocotools
    python scripts/pycocotools/reference.py 16 > src/evaluation/pycocotools.json

Prints a JSON list of cases for src/evaluation/pycocotools.test.ts.
"""

import contextlib
import io
import json
import random
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

IMAGES = [11, 3, 7, 20]
CATEGORIES = {5: "cat", 2: "dog", 90: "traffic light"}
AREAS = {"all": [0, 1e10], "tiny": [0, 400], "big": [400, 1e10]}
COCO_AREAS = {"all": [0, 1e10], "small": [0, 1024], "medium": [1024, 9216], "large": [9216, 1e10]}


def box(rng):
    return [rng.randrange(0, 60, 4), rng.randrange(0, 60, 4), rng.choice([8, 16, 20, 32, 50]), rng.choice([8, 16, 20, 32])]


def made(rng):
    annotations = []
    for index in range(rng.randrange(6, 14)):
        bbox = box(rng)
        area = bbox[2] * bbox[3] * rng.choice([0.5, 0.8, 1])
        annotations.append(dict(id=index + 1, image_id=rng.choice(IMAGES), category_id=rng.choice(list(CATEGORIES)),
                                bbox=bbox, area=area, iscrowd=int(rng.random() < 0.12)))
    detections = []
    for _ in range(rng.randrange(12, 30)):
        near = rng.choice(annotations)
        shifted = [near["bbox"][0] + rng.choice([-4, -2, 0, 1, 3]), *near["bbox"][1:]]
        isNear = rng.random() < 0.7
        category = near["category_id"] if rng.random() < 0.7 else rng.choice(list(CATEGORIES))
        detections.append(dict(image_id=near["image_id"] if isNear else rng.choice(IMAGES), category_id=category,
                               bbox=shifted if isNear else box(rng), score=rng.randrange(1, 10) / 10))
    return dict(images=[dict(id=id) for id in IMAGES], annotations=annotations,
                categories=[dict(id=id, name=name) for id, name in CATEGORIES.items()]), detections


def options(rng, index):
    """Each option alone, then several together."""
    every = [
        dict(images=sorted(rng.sample(IMAGES, 2))),
        dict(categories=sorted(rng.sample(list(CATEGORIES), 2))),
        dict(classAgnostic=True),
        dict(iou=[0.3, 0.5, 0.75]),
        dict(maxDets=[1, 2, 4]),
        dict(areas=AREAS),
    ]
    if index < len(every):
        return every[index]
    chosen = rng.sample(every, rng.randrange(2, 5))
    return {key: value for each in chosen for key, value in each.items()}


def mean(values):
    values = values[values > -1]
    return None if values.size == 0 else float(np.mean(values))


def expected(truth, detections, chosen):
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO()
        ground.dataset = truth
        ground.createIndex()
        evaluation = COCOeval(ground, ground.loadRes(detections), "bbox")
        params = evaluation.params
        params.imgIds = chosen.get("images", params.imgIds)
        params.catIds = chosen.get("categories", params.catIds)
        params.useCats = 0 if chosen.get("classAgnostic") else 1
        params.iouThrs = np.array(chosen["iou"]) if "iou" in chosen else params.iouThrs
        params.maxDets = chosen.get("maxDets", params.maxDets)
        areas = chosen.get("areas", COCO_AREAS)
        params.areaRng, params.areaRngLbl = list(areas.values()), list(areas)
        evaluation.evaluate()
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    suffix = {"small": "s", "medium": "m", "large": "l", "tiny": "_tiny", "big": "_big"}
    at = {name: t for name, iou in (("AP50", 0.5), ("AP75", 0.75)) for t in np.where(np.isclose(params.iouThrs, iou))[0]}
    stats = {"AP": mean(precision[:, :, :, 0, -1])}
    stats.update({name: mean(precision[t, :, :, 0, -1]) for name, t in at.items()})
    for a, name in enumerate(areas):
        if a > 0:
            stats["AP" + suffix[name]] = mean(precision[:, :, :, a, -1])
            stats["AR" + suffix[name]] = mean(recall[:, :, a, -1])
    stats.update({f"AR{most}": mean(recall[:, :, 0, m]) for m, most in enumerate(params.maxDets)})
    ids = [-1] if chosen.get("classAgnostic") else list(params.catIds)
    per_category = {str(id): mean(precision[:, :, k, 0, -1]) for k, id in enumerate(ids)}
    return dict(stats=stats, perCategory=per_category)


def main():
    cases = []
    for index in range(int(sys.argv[1])):
        rng = random.Random(f"case {index}")
        truth, detections = made(rng)
        chosen = options(rng, index)
        cases.append(dict(options=chosen, truth=truth, detections=detections,
                          expected=expected(json.loads(json.dumps(truth)), json.loads(json.dumps(detections)), chosen)))
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")


main()
