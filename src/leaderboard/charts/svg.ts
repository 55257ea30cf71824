import { parseHTML } from 'linkedom';
import { pageColour } from './palette';

/** The part of a document that charts are drawn with. */
export type ChartDocument = Document;

/** A document of its own for each chart, so that nothing is left over from another one. */
export function chartDocument(): ChartDocument {
  return parseHTML('<!doctype html><html><body></body></html>').document;
}

/** Properties of all charts. As attributes, so that a file of its own looks the same. */
export const chartAttributes = {
  color: pageColour('ink-soft'),
  fill: 'currentColor',
  'font-size': '12px',
} as const;

/**
 * A chart as XML for a page: without style sheets and style attributes, which the pages' policy forbids, with numbers
 * rounded to hundredths of a pixel, and with a name and a description for screen readers.
 */
export function serialiseChart(
  svg: Element,
  options: { readonly title: string; readonly description: string; readonly className: string },
): string {
  for (const style of [...svg.querySelectorAll('style')]) style.remove();
  for (const element of [svg, ...svg.querySelectorAll('*')]) {
    element.removeAttribute('style');
    if (element.getAttribute('aria-label') === 'text') {
      element.setAttribute('paint-order', 'stroke');
      element.setAttribute('stroke-linejoin', 'round');
    }
    // A chart is one image to a screen reader: names of its parts would be read in vain.
    element.removeAttribute('aria-label');
    element.removeAttribute('aria-description');
    element.removeAttribute('aria-hidden');
    for (const { name, value } of [...element.attributes]) {
      const rounded = roundNumbers(value);
      if (rounded !== value && geometry.has(name)) element.setAttribute(name, rounded);
    }
  }
  for (const name of ['width', 'height', 'font-family']) svg.removeAttribute(name);
  for (const [name, value] of Object.entries(chartAttributes)) svg.setAttribute(name, value);
  svg.setAttribute('class', options.className);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${options.title}. ${options.description}`);
  return svg.outerHTML;
}

const geometry = new Set(
  ['d', 'transform', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'dx', 'dy', 'points'].concat([
    'width',
    'height',
  ]),
);

function roundNumbers(text: string): string {
  return text.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) =>
    String(Math.round(Number(number) * 100) / 100),
  );
}

/** For text that is put together by hand. */
export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] as string,
  );
}
