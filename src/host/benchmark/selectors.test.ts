import { describe, expect, it } from 'vitest';
import type { TrialAxes } from '../../core/plan/axes';
import { parseSelection, select } from './selectors';

const trials: TrialAxes[] = ['s1', 's4'].flatMap((augmentation) =>
  [0.2, 1].map((fraction) => ({
    init: 'random',
    augmentation,
    strategy: 'self-training',
    fraction,
    length: 1,
    seed: 0,
  })),
);

describe('select', () => {
  it('takes patterns of one axis as alternatives and demands all axes', () => {
    expect(select(trials, parseSelection(['augmentation=s?,fraction=0.20']))).toHaveLength(2);
    expect(select(trials, parseSelection(['augmentation=s1,augmentation=s4', 'fraction=1']))).toHaveLength(2);
    expect(select(trials, parseSelection(['strategy=self-*,augmentation=s4,fraction=1']))).toHaveLength(1);
    expect(select(trials, parseSelection([]))).toHaveLength(4);
  });

  it('takes no letter of a name for more than itself', () => {
    expect(() => select(trials, parseSelection(['strategy=self.training']))).toThrow(
      'No trial has strategy=self.training.',
    );
  });

  it.each<[string, string, unknown]>([
    ['inti=random', 'SELECTOR_UNKNOWN_AXIS', 'Did you mean "init"?'],
    ['init', 'SELECTOR_SYNTAX', expect.stringContaining('axis=value')],
    ['init=', 'SELECTOR_SYNTAX', expect.stringContaining('axis=value')],
    ['augmentation=s5', 'SELECTOR_NO_TRIAL', 'Did you mean "s1"?'],
    ['fraction=0.5', 'SELECTOR_NO_TRIAL', expect.any(String)],
  ])('answers %s by %s', (argument, code, hint) => {
    expect(() => select(trials, parseSelection([argument]))).toThrow(
      expect.objectContaining({ code, hint }) as Error,
    );
  });
});
