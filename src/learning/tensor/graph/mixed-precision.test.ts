import { expect, it } from 'vitest';
import { LowPrecision } from './mixed-precision';
import { dataTypes, type GraphNode } from './node';

it.each([
  ['as large as its input', [1, 3, 3, 8], ['Cast', 'Cast', 'Conv2DBackpropFilter', 'Cast']],
  ['larger than its input, whose bfloat16 kernel leaves weights out,', [1, 1, 1, 8], []],
])('the gradient of a filter %s', (_, shape, expected) => {
  const nodes: GraphNode[] = [];
  const graph = {
    add: (node: GraphNode) => {
      nodes.push(node);
      return node.name;
    },
    newName: (op: string) => `${op}_${nodes.length}`,
  };
  const node = { name: 'gradient', op: 'Conv2DBackpropFilter', inputs: ['x', 'sizes', 'dy'], attributes: {} };
  const float32 = { type: dataTypes.float32 };
  const operands = [{ ...float32, shape }, { type: dataTypes.int32 }, { ...float32, shape: [1, 1, 1, 4] }];
  const added = new LowPrecision(graph).add(node, operands, [3, 3, 8, 4]);
  expect(nodes.map(({ op }) => op)).toEqual(expected);
  expect(added === undefined).toBe(expected.length === 0);
});
