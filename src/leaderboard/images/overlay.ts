import { escapeXml } from '../charts/svg';
import type { DetectionAgreement, DrawnBox } from './agreement';

const round = (value: number) => String(Math.round(value * 100) / 100);

export interface OverlayOptions {
  readonly width: number;
  readonly height: number;
  /** Address of the image, seen from the page. */
  readonly href: string;
  readonly categories: readonly string[];
  readonly name: string;
}

/**
 * An image with objects (dashed) and detections (solid; doubly outlined where wrong), in the image's own pixels.
 * Lines keep their width whatever the size.
 */
export function overlay(agreement: DetectionAgreement, options: OverlayOptions): string {
  const { width, height, href, categories, name } = options;
  const rect = ({ box: [x, y, w, h] }: DrawnBox, className: string) =>
    `<rect class="${className}" x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" vector-effect="non-scaling-stroke"/>`;
  const size = Math.max(width, height) / 26;
  const objects = agreement.objects.map((object) => rect(object, 'truth-case') + rect(object, 'truth'));
  const detections = agreement.detections.map((detection) => {
    const kind = detection.hit ? 'right' : 'wrong';
    return rect(detection, `${kind}-case`) + rect(detection, kind);
  });
  const labels = agreement.detections.map((detection) => {
    const [x, y, , h] = detection.box;
    const above = y > size * 1.2;
    const text = `${detection.hit ? '' : '✕ '}${shorten(categories[detection.category] ?? '?')} ${detection.score!.toFixed(2)}`;
    const left = Math.max(0, Math.min(x, width - text.length * size * 0.55));
    const base = above ? y - size * 0.28 : Math.min(height - size * 0.3, y + h + size);
    return `<text class="${detection.hit ? 'right' : 'wrong'}-label" x="${round(left)}" y="${round(base)}" font-size="${round(size)}" stroke-width="${round(size / 4)}">${escapeXml(text)}</text>`;
  });
  return (
    `<svg class="image" role="img" viewBox="0 0 ${width} ${height}" aria-label="${escapeXml(describeImage(agreement, name, categories))}">` +
    `<image href="${escapeXml(href)}" width="${width}" height="${height}" preserveAspectRatio="none"/>` +
    `${objects.join('')}${detections.join('')}${labels.join('')}</svg>`
  );
}

function shorten(name: string): string {
  return name.length > 14 ? `${name.slice(0, 13)}…` : name;
}

/** What the overlay shows, in words. */
function describeImage(agreement: DetectionAgreement, name: string, categories: readonly string[]): string {
  const list = (boxes: readonly DrawnBox[], word: (box: DrawnBox) => string) =>
    boxes.map((box) => `${categories[box.category] ?? '?'}${word(box)}`).join(', ') || 'none';
  return (
    `${name}. Objects: ${list(agreement.objects, (box) => (box.hit ? '' : ' (missed)'))}. ` +
    `Detections: ${list(agreement.detections, (box) => ` ${box.score!.toFixed(2)}${box.hit ? '' : ' (wrong)'}`)}.`
  );
}

/** `3 objects: 2 found · 1 wrong` */
export function captionOf(agreement: DetectionAgreement): string {
  const found = agreement.objects.filter((object) => object.hit).length;
  const wrong = agreement.detections.filter((detection) => !detection.hit).length;
  const objects = agreement.objects.length;
  return `${found} of ${objects} found${wrong === 0 ? '' : `, ${wrong} wrong`}`;
}
