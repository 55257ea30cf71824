import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readBenchmark } from '../../host/benchmark/read';
import { RethinkError } from '../../contract';

const folder = mkdtempSync(join(tmpdir(), 'claims-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(...claims: object[]) {
  return readWith({}, claims);
}

function readWith(settings: object, claims: object[]) {
  const file = join(folder, 'benchmark.yaml');
  const benchmark = {
    name: 'small',
    title: 'Small',
    dataset: { scenes: { size: 96 } },
    detector: { size: 96, backbone: { type: 'plain' } },
    schedule: { steps: 10, batch: 4 },
    axes: {
      init: ['random', 'imagenet'],
      augmentation: ['s1', 's4'],
      strategy: ['supervised', 'self-training'],
      fraction: [1, 0.2],
      seed: [0],
    },
    claims,
    ...settings,
  };
  writeFileSync(file, stringify(benchmark));
  return readBenchmark(file).benchmark.claims;
}

function complaint(claim: object): RethinkError {
  try {
    read(claim);
  } catch (error) {
    if (error instanceof RethinkError) return error;
    throw error;
  }
  throw new Error('was read without complaint');
}

const hurts = {
  id: 'hurts',
  text: 'Pre-training hurts under strong augmentation',
  where: { augmentation: 's4', strategy: 'supervised', fraction: 1 },
  difference: { of: { init: 'imagenet' }, minus: { init: 'random' } },
  is: { below: 0 },
};

describe('the form of claims', () => {
  it('reads a difference, and fills in what is not said', () => {
    expect(read(hurts)[0]).toMatchObject({
      where: { augmentation: ['s4'], fraction: [1] },
      forEvery: [],
      onAverageOver: [],
      is: { below: 0 },
    });
  });

  it('names the place and the nearest name', () => {
    const axis = complaint({ ...hurts, where: { augmentatoin: 's4', strategy: 'supervised', fraction: 1 } });
    expect(axis).toMatchObject({ code: 'BENCHMARK_UNKNOWN_KEY', hint: 'Did you mean "augmentation"?' });
    expect(axis.location?.path).toBe('claims[0].where.augmentatoin');
    const value = complaint({ ...hurts, difference: { of: { init: 'imagnet' }, minus: { init: 'random' } } });
    expect(value).toMatchObject({
      message: 'The axis init has no "imagnet".',
      hint: 'Did you mean "imagenet"?',
    });
    expect(value.location).toMatchObject({
      path: 'claims[0].difference.of.init',
      line: expect.any(Number) as number,
    });
    expect(complaint({ ...hurts, where: { ...hurts.where, fraction: 0.5 } }).message).toMatch(
      /fraction has no "0.5"/,
    );
  });

  it.each([
    [{ is: undefined }, /must state its value in "is"/],
    [{ is: { above: 0, below: 1 } }, /has above and below/],
    [{ is: { between: [2, 1] } }, /The lower end must come first/],
    [
      { difference: undefined },
      /A claim requires exactly one of difference, best, costRatio; this one has none/,
    ],
    [{ best: { init: 'random' }, among: 'init' }, /this one has difference and best/],
    [{ where: { augmentation: 's4', strategy: 'supervised' } }, /must mention every axis: name the fraction/],
    [{ where: { ...hurts.where, fraction: [0.2, 1] } }, /must mention every axis: name the fraction/],
    [{ forEvery: 'init' }, /The selections differ in init/],
    [{ forEvery: 'fraction', onAverageOver: 'fraction' }, /fraction appears in forEvery and onAverageOver/],
    [{ is: { falling: 'fraction' } }, /requires at least two of its values/],
    [
      {
        difference: { of: { init: 'imagenet', strategy: 'supervised' }, minus: { init: 'random' } },
        where: { augmentation: 's4', fraction: 1 },
      },
      /must name the strategy too/,
    ],
    [{ forEvery: 'seed' }, /must be an axis or a list of axes: init, /],
  ])('refuses %j', (change, message) => {
    const error = complaint({ ...hurts, ...change });
    expect(error.code).toBe('BENCHMARK_INVALID');
    expect(error.message).toMatch(message);
    expect(error.location?.path).toMatch(/^claims\[0\]/);
  });

  it('takes the control in place of a selection, where controls are planned', () => {
    const claim = {
      ...hurts,
      where: { init: 'random', augmentation: 's4' },
      forEvery: ['fraction', 'strategy'],
      difference: { of: {}, minus: 'control' },
    };
    const [parsed] = readWith({ controls: 'matched' }, [claim]);
    expect(parsed!.difference).toEqual({ of: {}, minus: 'control' });
    const error = complaint(claim);
    expect(error).toMatchObject({
      message: 'The benchmark plans no controls.',
      hint: 'Set "controls: matched" beside the axes.',
    });
    expect(error.location?.path).toBe('claims[0].difference.minus');
    const misspelt = complaint({ ...claim, difference: { of: {}, minus: 'contrl' } });
    expect(misspelt.location?.path).toBe('claims[0].difference.minus');
  });

  it('refuses two claims of one name', () => {
    expect(() => read(hurts, hurts)).toThrow('"hurts" is the id of two claims');
  });
});
