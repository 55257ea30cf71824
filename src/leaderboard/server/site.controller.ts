import { createReadStream, readFileSync, realpathSync, statSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import { Controller, Get, Header, Inject, NotFoundException, Req, Res, StreamableFile } from '@nestjs/common';
import { reportsFolder } from '../templates/templates';

/** Injection token of `SiteFolder`. */
export const SITE_FOLDER = Symbol('site folder');

export interface SiteFolder {
  readonly folder: string;
  /** Whether the live view is served as well; pages then link to it. */
  readonly hasLive: boolean;
}

/** File types of a site; nothing else is served. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
};

/** Serves the files of a built site and nothing else. */
@Controller()
export class SiteController {
  constructor(@Inject(SITE_FOLDER) private readonly site: SiteFolder) {}

  @Get('{*path}')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  @Header('Referrer-Policy', 'no-referrer')
  serve(
    @Req() request: { path: string },
    @Res({ passthrough: true }) response: { redirect(status: number, url: string): void },
  ): StreamableFile | undefined {
    const { folder, hasLive } = this.site;
    const found = this.asset(request.path) ?? siteFile(folder, request.path);
    if (found === undefined && hasLive && request.path === '/') {
      response.redirect(302, '/live');
      return undefined;
    }
    if (found === undefined) throw new NotFoundException('There is no such page.');
    if ('redirect' in found) {
      response.redirect(302, found.redirect);
      return undefined;
    }
    if (hasLive && found.type.startsWith('text/html')) {
      const page = Buffer.from(withLiveLink(readFileSync(found.file, 'utf8')));
      return new StreamableFile(page, { type: found.type, length: page.length });
    }
    return new StreamableFile(createReadStream(found.file), { type: found.type, length: found.bytes });
  }

  /** Styles and scripts of the live view. */
  private asset(path: string): ReturnType<typeof siteFile> {
    return this.site.hasLive && path.startsWith('/live/assets/')
      ? siteFile(join(reportsFolder, 'assets'), path.slice('/live/assets'.length))
      : undefined;
  }
}

/** A built page knows of no server: its navigation gets one entry more. */
function withLiveLink(html: string): string {
  return html.replace('</ul>\n</nav>', '<li><a href="/live">Live</a></li>\n</ul>\n</nav>');
}

/**
 * The file that an address means; `undefined` for what is not in the site: other kinds of files, hidden ones, and
 * whatever leads out of the folder, by `..`, by an encoded slash or by a link.
 *
 * @param address path of the request, still percent-encoded
 */
export function siteFile(
  folder: string,
  address: string,
):
  | { readonly file: string; readonly type: string; readonly bytes: number }
  | { readonly redirect: string }
  | undefined {
  let path: string;
  try {
    path = decodeURIComponent(address);
  } catch {
    return undefined;
  }
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.') || /[\\\0:]/.test(part))) return undefined;
  const wanted = resolve(join(folder, ...parts));
  try {
    const root = realpathSync(folder);
    const stat = statSync(wanted);
    const isFolder = stat.isDirectory();
    // Relative links of a page need the slash of its folder.
    if (isFolder && !path.endsWith('/')) return { redirect: `${encodeURI(`/${parts.join('/')}`)}/` };
    const file = realpathSync(isFolder ? join(wanted, 'index.html') : wanted);
    const type = contentTypes[extname(file).toLowerCase()];
    if (!file.startsWith(root + sep) || type === undefined) return undefined;
    return { file, type, bytes: statSync(file).size };
  } catch {
    return undefined;
  }
}
