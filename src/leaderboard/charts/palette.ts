/** Colours of pages and charts by name: in light pages and in files, and in dark pages. */
export const palette = {
  paper: ['#fdfcfa', '#161513'],
  panel: ['#f6f4ef', '#1f1e1b'],
  ink: ['#1d1b18', '#ece8e1'],
  'ink-soft': ['#67625a', '#a49e93'],
  rule: ['#dcd7cd', '#3a3732'],
  grid: ['#ebe7df', '#2a2825'],
  accent: ['#0a5c9e', '#79b6ec'],
  'accent-wash': ['#e8f0f7', '#1b2a38'],
  bad: ['#a8261b', '#f0958a'],
  'bad-wash': ['#fbeeeb', '#35201d'],
  good: ['#1c6b45', '#7cc79f'],
  'series-1': ['#0a5c9e', '#79b6ec'],
  'series-2': ['#c04f05', '#f0a05a'],
  'series-3': ['#16735a', '#67c7a6'],
  'series-4': ['#7a45a8', '#c39bea'],
  'series-5': ['#8a6400', '#d9b450'],
  'series-6': ['#ab2759', '#f08bb0'],
  'series-control': ['#6b6862', '#9b978f'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

export type ColourName = keyof typeof palette;

/** A colour as charts of a page have it: the page's style sheet decides which of the two it is. */
export const pageColour = (name: ColourName): string => `var(--${name})`;

/** Replaces the names that `pageColour` gives by the light colours. */
export function withLightColours(text: string): string {
  return text.replace(/var\(--([a-z0-9-]+)\)/g, (name, key: string) =>
    key in palette ? palette[key as ColourName][0] : name,
  );
}

/** `assets/palette.css`: the palette as custom properties. */
export function paletteCss(): string {
  const block = (index: 0 | 1, indent: string) =>
    Object.entries(palette).map(([name, values]) => `${indent}--${name}: ${values[index]};\n`);
  return [
    '/* Made from src/leaderboard/charts/palette.ts: npx vitest run src/leaderboard/charts -u */\n',
    `:root {\n${block(0, '  ').join('')}}\n`,
    `@media (prefers-color-scheme: dark) {\n  :root {\n${block(1, '    ').join('')}  }\n}\n`,
  ].join('');
}
