import { describe, expect, it } from 'vitest';
import { importedStages } from './imported-stages';

const stages: { key: string; inputs: Record<string, string> }[] = [
  { key: 'teacher', inputs: {} },
  { key: 'detect', inputs: { from: 'teacher' } },
  { key: 'evaluate', inputs: { detections: 'detect' } },
  { key: 'pseudo', inputs: { from: 'teacher' } },
  { key: 'student', inputs: { from: 'teacher', pseudo: 'pseudo' } },
  { key: 'detect 2', inputs: { from: 'student' } },
  { key: 'evaluate 2', inputs: { detections: 'detect 2' } },
];
const kept = (imported: readonly string[], present: readonly string[] = []) =>
  [...importedStages(stages, new Set(present), (key) => imported.includes(key))].sort();

describe('stages whose results were imported', () => {
  it('need not run where the whole trial was', () => {
    const all = stages.map(({ key }) => key);
    expect(kept(all)).toEqual([...all].sort());
    expect(kept([])).toEqual([]);
  });

  it('run where a trial that is not there needs what they leave', () => {
    expect(kept(['teacher', 'detect', 'evaluate'])).toEqual(['detect', 'evaluate']);
    expect(kept(['teacher', 'detect', 'evaluate'], ['teacher'])).toEqual(['detect', 'evaluate']);
  });

  it('need not run where what needed them is there', () => {
    expect(kept(['teacher', 'detect', 'evaluate'], ['student', 'pseudo', 'detect 2', 'evaluate 2'])).toEqual([
      'detect',
      'evaluate',
      'teacher',
    ]);
    // Nothing of the student was imported: all of it runs, and its teacher with it.
    expect(kept(['evaluate 2', 'detect 2'])).toEqual(['detect 2', 'evaluate 2']);
  });
});
