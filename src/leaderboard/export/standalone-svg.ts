import { DOMParser } from 'linkedom';
import { withLightColours } from '../charts/palette';

/** Characters that XML does not have, however they are written, and halves of pairs. */
// eslint-disable-next-line no-control-regex -- these are meant
const notXml = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

/** Fonts that drawing programs and LaTeX users have; the pages' own list begins with names of systems. */
const fonts = 'Helvetica, Arial, "Liberation Sans", sans-serif';

/** A chart as a file: as on a light page, without what belongs to the page. */
export function standaloneSvg(chart: string): string {
  const document = new DOMParser().parseFromString(chart.replace(notXml, '\ufffd'), 'image/svg+xml');
  const root = (document as unknown as Document).querySelector('svg')!;
  for (const link of [...root.querySelectorAll('a')]) link.replaceWith(...link.childNodes);
  for (const element of [root, ...root.querySelectorAll('*')]) {
    for (const { name, value } of [...element.attributes]) {
      if (name === 'class' || name.startsWith('data-')) element.removeAttribute(name);
      else if (value.includes('var(')) element.setAttribute(name, withLightColours(value));
    }
  }
  const [, , width = '860', height = '430'] = (root.getAttribute('viewBox') ?? '').split(/[\s,]+/);
  const own = { width, height, 'font-family': fonts, xmlns: 'http://www.w3.org/2000/svg' };
  for (const [name, value] of Object.entries(own)) root.setAttribute(name, value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.outerHTML}\n`;
}
