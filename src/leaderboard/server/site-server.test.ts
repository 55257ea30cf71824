import { rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { artifactFolder, folder, site } from '../site/example-site.test-helper';
import { siteFile } from './site.controller';
import { serveSite } from './site-server';

describe('the server', () => {
  it('finds pages and nothing outside', () => {
    const found = (address: string) => {
      const file = siteFile(site, address);
      return file === undefined ? undefined : 'file' in file ? relative(site, file.file) : file.redirect;
    };
    expect(found('/')).toBe('index.html');
    expect(found('/assets/base.css')).toBe('assets/base.css');
    expect(found('/benchmarks/other')).toBe('/benchmarks/other/');
    expect(found('/benchmarks/other/')).toBe('benchmarks/other/index.html');
    symlinkSync(join(folder, 'results.sqlite'), join(site, 'link.html'));
    for (const address of [
      '/../results.sqlite',
      '/%2e%2e/results.sqlite',
      '/..%2fresults.sqlite',
      '/assets/..%5c..%5cresults.sqlite',
      '/.rethink-site',
      '/link.html',
      '/nothing.html',
      '/%',
      '/assets',
      '/assets/base.css%00.html',
    ]) {
      const answer = found(address);
      expect([undefined, '/assets/'], address).toContain(answer);
    }
    rmSync(join(site, 'link.html'));
  });

  it('serves on the loopback address, to read only', async () => {
    const server = await serveSite({ folder: site, port: 0 });
    try {
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const page = await fetch(server.url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await page.text()).toContain('<h1>');
      expect((await fetch(`${server.url}missing.html`)).status).toBe(404);
      expect((await fetch(server.url, { method: 'POST' })).status).toBe(404);
      const taken = serveSite({ folder: site, port: Number(new URL(server.url).port) });
      await expect(taken).rejects.toMatchObject({ code: 'SERVE_PORT_TAKEN' });
    } finally {
      await server.close();
    }
    await expect(serveSite({ folder: artifactFolder('x'), port: 0 })).rejects.toMatchObject({
      code: 'SERVE_NO_SITE',
    });
  });
});
