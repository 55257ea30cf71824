"""Images per second of CPU time of the same augmentation recipes with Pillow or albumentations, on one thread: see augmentation.ts."""

import json
import math
import random
import sys
import time

import numpy as np

GREY = 128


def signed(name, value):
    directed = name.startswith(("Rotate", "Shear", "Translate"))
    return -value if directed and random.random() < 0.5 else value


def crop_of(width, height, size, low, high):
    """Scale and window of flip, jitter and crop (the window in pixels of the scaled image)."""
    scale = random.uniform(low, high)
    ratio = min(scale * size / width, scale * size / height)
    w, h = max(1, round(width * ratio)), max(1, round(height * ratio))
    x = int(random.random() * max(w - size, 0))
    y = int(random.random() * max(h - size, 0))
    return w, h, x, y, min(w, size), min(h, size)


def move_boxes(boxes, matrix, width, height):
    """Boxes around the corners of boxes after the inverse of an affine map from target to source."""
    a, b, c, d, e, f = matrix
    inverse = np.linalg.inv(np.array([[a, b, c], [d, e, f], [0, 0, 1]]))
    moved = []
    for x0, y0, x1, y1 in boxes:
        corners = inverse @ np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1, 1, 1, 1]])
        xs, ys = np.clip(corners[0], 0, width), np.clip(corners[1], 0, height)
        moved.append((xs.min(), ys.min(), xs.max(), ys.max()))
    return moved


def affine_of(name, value, width, height):
    if name.startswith("TranslateX"):
        return (1, 0, value, 0, 1, 0)
    if name.startswith("TranslateY"):
        return (1, 0, 0, 0, 1, value)
    if name.startswith("ShearX"):
        return (1, value, 0, 0, 1, 0)
    if name.startswith("ShearY"):
        return (1, 0, 0, value, 1, 0)
    cos, sin = math.cos(math.radians(value)), math.sin(math.radians(value))
    x, y = (width - 1) / 2, (height - 1) / 2
    return (cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)


def pillow(recipe, size):
    from PIL import Image, ImageDraw, ImageEnhance, ImageOps

    enhancers = {
        "Color": ImageEnhance.Color,
        "Contrast": ImageEnhance.Contrast,
        "Brightness": ImageEnhance.Brightness,
        "Sharpness": ImageEnhance.Sharpness,
    }

    def transform(image, name, value):
        matrix = affine_of(name, value, image.width, image.height)
        moved = image.transform(image.size, Image.AFFINE, matrix, Image.NEAREST, fillcolor=(GREY,) * 3)
        return moved, matrix

    def apply(image, boxes, name, probability, value):
        width, height = image.size
        if name.endswith("_Only_BBoxes"):
            for x0, y0, x1, y1 in boxes:
                if random.random() < probability / 3 and x1 - x0 >= 1 and y1 - y0 >= 1:
                    corner = (int(x0), int(y0))
                    image = image.copy()
                    image.paste(transform(image.crop((*corner, int(x1), int(y1))), name, value)[0], corner)
            return image, boxes
        if random.random() >= probability:
            return image, boxes
        if name in enhancers:
            return enhancers[name](image).enhance(value), boxes
        if name == "Equalize":
            return ImageOps.equalize(image), boxes
        if name == "AutoContrast":
            return ImageOps.autocontrast(image), boxes
        if name == "Posterize":
            return ImageOps.posterize(image, max(1, int(value))), boxes
        if name == "Solarize":
            return ImageOps.solarize(image, value), boxes
        if name == "SolarizeAdd":
            table = [min(255, i + int(value)) if i < 128 else i for i in range(256)]
            return image.point(table * 3), boxes
        if name == "Cutout":
            x, y, pad = random.randrange(width), random.randrange(height), int(value)
            image = image.copy()
            ImageDraw.Draw(image).rectangle((x - pad, y - pad, x + pad - 1, y + pad - 1), (GREY,) * 3)
            return image, boxes
        moved, matrix = transform(image, name, value)
        return moved, move_boxes(boxes, matrix, width, height)

    def run(image, boxes):
        # From decoded pixels to the format of the network's input.
        image = image
        for name, probability, value in random.choice(recipe["policy"]):
            image, boxes = apply(image, boxes, name, probability, signed(name, value))
        if random.random() < 0.5:
            image = image.transpose(Image.FLIP_LEFT_RIGHT)
            boxes = [(image.width - x1, y0, image.width - x0, y1) for x0, y0, x1, y1 in boxes]
        w, h, x, y, cw, ch = crop_of(image.width, image.height, size, *recipe["jitter"])
        sx, sy = image.width / w, image.height / h
        part = (x * sx, y * sy, (x + cw) * sx, (y + ch) * sy)
        image = image.resize((cw, ch), Image.BILINEAR, box=part)
        clipped = [
            (max(0, x0 / sx - x), max(0, y0 / sy - y), min(cw, x1 / sx - x), min(ch, y1 / sy - y))
            for x0, y0, x1, y1 in boxes
        ]
        return np.asarray(image), [box for box in clipped if box[2] > box[0] and box[3] > box[1]]

    def prepare(pixels):
        return Image.fromarray(pixels)

    return prepare, run


def albumentations(recipe, size):
    import albumentations as A
    import cv2

    cv2.setNumThreads(1)
    low, high = recipe["jitter"]

    def affine(p, **change):
        return A.Affine(
            p=p, interpolation=cv2.INTER_NEAREST, border_mode=cv2.BORDER_CONSTANT, fill=GREY, **change
        )

    def pixels(axis, value):
        # One of two directions, as in the policies.
        return [{axis: (sign * int(value),) * 2} for sign in (-1, 1)]

    def one_of(changes, p, key):
        return A.OneOf([affine(1, **{key: change}) for change in changes], p=p)

    def operation(name, p, value):
        if name == "Equalize":
            return A.Equalize(p=p, mode="pil", by_channels=True)
        if name == "AutoContrast":
            return A.AutoContrast(p=p)
        if name == "Posterize":
            return A.Posterize(num_bits=max(1, int(value)), p=p)
        if name == "Solarize":
            return A.Solarize(threshold_range=(min(1, value / 255),) * 2, p=p)
        if name == "SolarizeAdd":
            return A.Lambda(image=solarise_add(int(value)), p=p)
        if name == "Color":
            return A.ColorJitter((1, 1), (1, 1), (value, value), (0, 0), p=p)
        if name == "Contrast":
            return A.ColorJitter((1, 1), (value, value), (1, 1), (0, 0), p=p)
        if name == "Brightness":
            return A.ColorJitter((value, value), (1, 1), (1, 1), (0, 0), p=p)
        if name == "Sharpness":
            return A.Sharpen(p=p)
        if name == "Cutout":
            side = 2 * int(value)
            return A.CoarseDropout((1, 1), (side, side), (side, side), fill=GREY, p=p)
        if name == "TranslateX_BBox":
            return one_of(pixels("x", value), p, "translate_px")
        if name == "TranslateY_BBox":
            return one_of(pixels("y", value), p, "translate_px")
        if name == "Rotate_BBox":
            return one_of([(-value, -value), (value, value)], p, "rotate")
        if name in ("ShearX_BBox", "ShearY_BBox"):
            degrees = math.degrees(math.atan(value))
            axis = "x" if name == "ShearX_BBox" else "y"
            return one_of([{axis: (sign * degrees,) * 2} for sign in (-1, 1)], p, "shear")
        return None

    def solarise_add(value):
        table = np.array([min(255, i + value) if i < 128 else i for i in range(256)], np.uint8)
        return lambda image, **_: cv2.LUT(image, table)

    boxes_of = lambda: A.BboxParams(format="pascal_voc", clip=True, label_fields=["labels"])
    policies = []
    for policy in recipe["policy"]:
        steps = [operation(*step) for step in policy]
        steps = [step for step in steps if step is not None]
        tail = [
            A.HorizontalFlip(p=0.5),
            A.RandomScale((low - 1, high - 1), interpolation=cv2.INTER_LINEAR, p=1),
            A.PadIfNeeded(size, size, position="top_left", border_mode=cv2.BORDER_CONSTANT, fill=124),
            A.RandomCrop(size, size),
        ]
        policies.append(A.Compose(steps + tail, bbox_params=boxes_of()))

    def run(image, boxes):
        result = random.choice(policies)(image=image, bboxes=boxes, labels=list(range(len(boxes))))
        return result["image"], result["bboxes"]

    return (lambda pixels: pixels), run


def main():
    library, file = sys.argv[1:]
    with open(file) as source:
        request = json.load(source)
    speeds = {}
    for name, recipe in request["recipes"].items():
        random.seed(0)
        prepare, run = {"pillow": pillow, "albumentations": albumentations}[library](recipe, request["size"])
        samples = []
        for sample in request["samples"]:
            pixels = np.fromfile(sample["file"], np.uint8).reshape(sample["height"], sample["width"], 3)
            samples.append((prepare(pixels), [tuple(box) for box in sample["boxes"]]))
        for i in range(20):
            run(*samples[i % len(samples)])
        start = time.process_time()
        for i in range(request["images"]):
            run(*samples[i % len(samples)])
        speeds[name] = request["images"] / (time.process_time() - start)
    print(json.dumps(speeds))


main()
