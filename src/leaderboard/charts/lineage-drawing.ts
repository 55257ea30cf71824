import { escapeXml } from './svg';

export interface LineageNode {
  readonly key: string;
  readonly label: string;
  readonly cost: string;
  readonly note: string;
  readonly parents: readonly string[];
  readonly shared: boolean;
  readonly charged: boolean;
  readonly state: 'done' | 'waiting' | 'failed';
}

const box = { width: 150, height: 58, gapX: 34, gapY: 16 };

/** A trial's stages from left to right, each with its cost; shared ones with a double outline. */
export function lineageDrawing(nodes: readonly LineageNode[], title: string): string {
  const depth = new Map<string, number>();
  for (const node of nodes) {
    depth.set(node.key, Math.max(0, ...node.parents.map((parent) => (depth.get(parent) ?? -1) + 1)));
  }
  const perColumn = new Map<number, number>();
  const positions = new Map(
    nodes.map((node) => {
      const column = depth.get(node.key)!;
      const row = perColumn.get(column) ?? 0;
      perColumn.set(column, row + 1);
      return [node.key, { x: 2 + column * (box.width + box.gapX), y: 2 + row * (box.height + box.gapY) }];
    }),
  );
  const width = 4 + (Math.max(0, ...depth.values()) + 1) * (box.width + box.gapX) - box.gapX;
  const rows = Math.max(1, ...perColumn.values());
  const skips = nodes.some((node) =>
    node.parents.some((parent) => depth.get(node.key)! - (depth.get(parent) ?? 0) > 1),
  );
  const bodyHeight = 4 + rows * (box.height + box.gapY) - box.gapY;
  const height = bodyHeight + (skips ? 26 : 0);
  const edges = nodes.flatMap((node) =>
    node.parents.flatMap((parent) => {
      const [from, to] = [positions.get(parent), positions.get(node.key)];
      if (from === undefined || to === undefined) return [];
      const [x1, y1] = [from.x + box.width, from.y + box.height / 2];
      const [x2, y2] = [to.x, to.y + box.height / 2];
      if (depth.get(node.key)! - depth.get(parent)! > 1) {
        // Around the boxes between: below all of them.
        const [a, b] = [from.x + box.width / 2, to.x + box.width / 2];
        const low = bodyHeight + 14;
        return `<path class="edge" d="M${a},${from.y + box.height}C${a},${low + 8} ${a},${low} ${a + 24},${low}H${b - 24}C${b},${low} ${b},${low + 8} ${b},${to.y + box.height + 3}" marker-end="url(#arrow)"/>`;
      }
      const middle = (x1 + x2) / 2;
      return `<path class="edge" d="M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2 - 4},${y2}" marker-end="url(#arrow)"/>`;
    }),
  );
  const boxes = nodes.map((node) => {
    const { x, y } = positions.get(node.key)!;
    const classes = ['node', node.charged ? '' : 'free', node.state === 'done' ? '' : node.state]
      .filter(Boolean)
      .join(' ');
    const inner = node.shared
      ? `<rect class="shared" x="${x + 3}" y="${y + 3}" width="${box.width - 6}" height="${box.height - 6}" rx="4"/>`
      : '';
    return (
      `<g class="${classes}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>${inner}` +
      `<text class="name" x="${x + 13}" y="${y + 20}">${escapeXml(shorten(node.label, 19))}</text>` +
      `<text class="cost" x="${x + 13}" y="${y + 35}">${escapeXml(node.cost)}</text>` +
      `<text class="note" x="${x + 13}" y="${y + 49}">${escapeXml(shorten(node.note, 24))}</text></g>`
    );
  });
  const words = nodes.map((node) => `${node.label}: ${node.cost}, ${node.note}`).join('; ');
  return (
    `<svg class="lineage" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${escapeXml(`${title}. ${words}.`)}">` +
    `<defs><marker id="arrow" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path class="head" d="M0,0L6,3L0,6Z"/></marker></defs>` +
    `${edges.join('')}${boxes.join('')}</svg>`
  );
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
