import { describe, expect, it } from 'vitest';
import { formatHubFile, isCommit, parseSource, type HubFile } from './source';

describe('a source of weights', () => {
  it.each([
    ['hf:timm/b7', 'hf:timm/b7@main#model.safetensors'],
    [
      'hf:timm/tf_efficientnet_b7.aa_in1k@refs/pr/1',
      'hf:timm/tf_efficientnet_b7.aa_in1k@refs/pr/1#model.safetensors',
    ],
    ['hf:o/n@v1.0#weights/a.safetensors', 'hf:o/n@v1.0#weights/a.safetensors'],
  ])('on a hub: %s', (source, whole) => {
    const location = parseSource(source);
    expect(formatHubFile(location as HubFile)).toBe(whole);
    expect(parseSource(whole)).toEqual(location);
  });

  it.each([
    'weights/b7.safetensors',
    '/data/model.json',
    '${WEIGHTS}/b7.safetensors',
    'C:\\w.safetensors',
    './hf',
  ])('on disk: %s', (path) => {
    expect(parseSource(path)).toEqual({ type: 'file', path });
  });

  it.each([
    '',
    'hf:',
    'hf:timm',
    'hf:timm/a/b',
    'hf:../x',
    'hf:timm/..',
    'hf:timm/a--b',
    'hf:timm/x@',
    'hf:timm/x@a/../b',
    'hf:timm/x@/etc',
    'hf:timm/x#../../secret.safetensors',
    'hf:timm/x#/etc/passwd.safetensors',
    'hf:timm/x#pytorch_model.bin',
    'hf:timm/x#model.json',
    's3://bucket/x.safetensors',
    'https://example.org/x.safetensors',
  ])('that is none: “%s”', (source) => {
    expect(() => parseSource(source)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_SOURCE' }) as Error,
    );
  });

  it('is for ever where its revision is a commit', () => {
    expect(isCommit('0123456789abcdef0123456789abcdef01234567')).toBe(true);
    expect(isCommit('main')).toBe(false);
  });
});
