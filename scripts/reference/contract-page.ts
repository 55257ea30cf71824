import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { CONTRACT_VERSION } from '../../src/contract';
import { page } from './markdown';

const folder = join(__dirname, '..', '..', 'src', 'contract');

/** In the order in which an author needs them. */
const chapters: readonly (readonly [file: string, title: string])[] = [
  ['plugin.ts', 'Plugins'],
  ['stages.ts', 'Stages'],
  ['handles.ts', 'Handles'],
  ['sample.ts', 'Samples'],
  ['random.ts', 'Randomness'],
  ['image.ts', 'Images and boxes'],
  ['image-resize.ts', 'Resizing and cropping'],
  ['tokens.ts', 'Services'],
  ['errors.ts', 'Errors'],
  ['testing.ts', 'For tests: `rethink-bench/contract/testing`'],
];
/** These export nothing to plugins. */
const internal = new Set(['index.ts', 'image-resample.ts', 'entry.cjs']);

/** Every exported declaration of the contract, without function bodies. */
export function contractPage(): string {
  const files = readdirSync(folder).filter((file) => !file.includes('.test.') && !internal.has(file));
  const forgotten = files.filter((file) => !chapters.some(([name]) => name === file));
  if (forgotten.length > 0) throw new Error(`The reference has no chapter for ${forgotten.join(', ')}.`);
  return page(
    'The contract',
    `Version ${CONTRACT_VERSION}. What plugins import from \`rethink-bench/contract\`. A plugin declares the versions that it supports in \`contract\`: a major version (\`1\`), or a range (\`'^1.1.0'\`) if it needs something that a minor version added.`,
    ...chapters.map(
      ([file, title]) => `## ${title}\n\n\`\`\`ts\n${declarationsOf(file).join('\n\n')}\n\`\`\``,
    ),
  );
}

function declarationsOf(file: string): string[] {
  const text = readFileSync(join(folder, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  return source.statements
    .filter((statement) => isExported(statement))
    .map((statement) => `${docOf(statement, text)}${shapeOf(statement, source)}`);
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  return ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function docOf(statement: ts.Statement, text: string): string {
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  const doc = comments.findLast(({ pos }) => text.startsWith('/**', pos));
  return doc === undefined ? '' : `${text.slice(doc.pos, doc.end)}\n`;
}

function shapeOf(statement: ts.Statement, source: ts.SourceFile): string {
  const whole = statement.getText(source);
  if (ts.isFunctionDeclaration(statement)) {
    const body = statement.body;
    return body === undefined
      ? whole
      : `${whole.slice(0, body.getStart(source) - statement.getStart(source)).trim()};`;
  }
  if (ts.isClassDeclaration(statement)) return classShape(statement, source);
  return whole;
}

/** Public members without their bodies. */
function classShape(declaration: ts.ClassDeclaration, source: ts.SourceFile): string {
  const members = declaration.members
    .filter((member) => !isPrivate(member))
    .map((member) => {
      const text = member.getText(source);
      const body =
        ts.isConstructorDeclaration(member) || ts.isMethodDeclaration(member) ? member.body : undefined;
      const shape =
        body === undefined
          ? text
          : `${text.slice(0, body.getStart(source) - member.getStart(source)).trim()};`;
      return shape.replace(/ = [^;]+;$/, ';');
    });
  const heritage = declaration.heritageClauses?.map((clause) => ` ${clause.getText(source)}`).join('') ?? '';
  return `export class ${declaration.name?.text}${heritage} {\n${members.map((member) => `  ${member}`).join('\n')}\n}`;
}

function isPrivate(member: ts.ClassElement): boolean {
  if (!ts.canHaveModifiers(member)) return false;
  return ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true;
}
