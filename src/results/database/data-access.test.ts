import { describe, expect, it } from 'vitest';
import { type AccessingStage, dataAccess, type ImageIds, invalidReason } from './data-access';

type Stage = AccessingStage & { ids?: ImageIds };
const data = (role: string, datasetDigest = role) => ({ data: [{ role, datasetDigest }] });
const train = (ids?: ImageIds, parameters: unknown = data('labelled')): Stage => ({
  kind: 'train', label: 'teacher', parameters, ids,
}); // prettier-ignore
const scored: Stage[] = [
  { kind: 'detect', label: 'detect', parameters: data('validation'), ids: { validation: [1, 2] } },
  { kind: 'evaluate', label: 'evaluate', parameters: data('validation'), ids: { validation: [1, 2] } },
];
const check = (first: Stage, copies?: Parameters<typeof dataAccess>[2]) =>
  dataAccess([first, ...scored], ({ ids }) => ids, copies);

describe('dataAccess', () => {
  it('proves that training and validation are apart', () => {
    const access = check(train({ labelled: [1, 2, 2, 3] }), {});
    expect(access.verdict).toBe('disjoint');
    expect(access.rows[0]).toEqual({ label: 'teacher', role: 'labelled', images: 3 });
    expect(access.findings.map(({ text }) => text)).toEqual([
      'No stage but detect and evaluate saw a validation image.',
      'labelled and validation have no image in common, by content.',
    ]);
  });

  it('names stage and plugin that opened validation images', () => {
    const plugin = { kind: 'strategy', name: 'cheat', version: '1', codeDigest: 'ab' };
    const access = check({ kind: 'custom', label: 'mine', parameters: { plugin }, ids: { validation: [2] } });
    expect(access.verdict).toBe('invalid');
    expect(invalidReason(access)).toBe('mine (strategy/cheat) opened 1 validation image.');
  });

  it('finds copies of validation images under other ids, where the stage really saw them', () => {
    const copies = { labelled: { validation: [7, 8] }, validation: { labelled: [1, 2] } };
    expect(check(train({ labelled: [5, 7] }), copies).verdict).toBe('invalid');
    expect(invalidReason(check(train({ labelled: [5, 7] }), copies))).toContain(
      'teacher was given 1 labelled image that validation holds too.',
    );
    expect(check(train({ labelled: [5, 6] }), copies).verdict).toBe('disjoint');
  });

  it('takes equal ids of one data set for equal images, of two for different ones', () => {
    expect(check(train({ labelled: [2, 9] }, data('labelled', 'validation'))).verdict).toBe('invalid');
    expect(check(train({ labelled: [2, 9] })).verdict).toBe('disjoint');
  });

  it('notes what labelled and unlabelled share without condemning it', () => {
    const stage = train({ labelled: [1], unlabelled: [4] }, [data('labelled'), data('unlabelled')]);
    const access = check(stage, { labelled: { unlabelled: [1] }, unlabelled: { labelled: [4] } });
    expect(access.verdict).toBe('disjoint');
    expect(access.findings).toContainEqual({
      severity: 'note',
      text: 'labelled and unlabelled have 1 image in common.',
    });
  });

  it('does not call a trial clean of which a record is gone', () => {
    expect(check(train(undefined)).verdict).toBe('unknown');
    const stages = [train(undefined), train({ validation: [1] }), ...scored];
    expect(dataAccess(stages, ({ ids }) => ids).verdict).toBe('invalid');
  });
});
