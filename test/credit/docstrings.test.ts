/** Every export of the credit wing is documented, and whatever throws says so: walked with the TypeScript compiler. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../src/credit/index.ts', import.meta.url));
const program = ts.createProgram([entry], {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
});
const checker = program.getTypeChecker();

interface Member {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly declaration: ts.Declaration;
}
/** Exports, and the public methods and accessors of exported classes. */
const members: readonly Member[] = exported().flatMap((member) => {
  const { declaration, name } = member;
  if (!ts.isClassDeclaration(declaration)) return [member];
  const parts = declaration.members.filter(
    (part) => (ts.isMethodDeclaration(part) || ts.isGetAccessorDeclaration(part)) && !ts.isPrivateIdentifier(part.name),
  );
  const methods = parts.flatMap((part) => {
    const symbol = checker.getSymbolAtLocation(part.name as ts.Node);
    return symbol ? [{ name: `${name}.${symbol.name}`, symbol, declaration: part }] : [];
  });
  return [member, ...methods];
});

function exported(): readonly Member[] {
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error('the front door of the credit wing is not there');
  return checker.getExportsOfModule(module).flatMap((named) => {
    const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
    return (symbol.declarations ?? []).map((declaration) => ({ name: named.name, symbol, declaration }));
  });
}

const textOf = ({ symbol }: Member): string => {
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`);
  return [ts.displayPartsToString(symbol.getDocumentationComment(checker)), ...tags].join('\n').trim();
};

/** The code of a function, also of one that is a constant. */
function bodyOf({ declaration }: Member): ts.Node | undefined {
  if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) return declaration.body;
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value && ts.isArrowFunction(value) ? value.body : undefined;
}

/** Whether it throws by itself, or calls a function of its own file that does. */
function throws(node: ts.Node, seen = new Set<ts.Node>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  if (ts.isThrowStatement(node)) return true;
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const called = checker.getSymbolAtLocation(node.expression)?.declarations?.[0];
    const own = called && ts.isFunctionDeclaration(called) && called.getSourceFile() === node.getSourceFile() ? called.body : undefined;
    if (own && throws(own, seen)) return true;
  }
  return ts.forEachChild(node, (child) => throws(child, seen) || undefined) ?? false;
}

/** Fields of exported interfaces that are bare numbers, and say neither unit nor range. */
const bareNumbers = members.flatMap(({ name, declaration }) =>
  ts.isInterfaceDeclaration(declaration)
    ? declaration.members.flatMap((field) => {
        if (!ts.isPropertySignature(field) || field.type?.kind !== ts.SyntaxKind.NumberKeyword) return [];
        return ts.getJSDocCommentsAndTags(field).length > 0 ? [] : [`${name}.${field.name.getText()}`];
      })
    : [],
);

describe('the exports of the credit wing', () => {
  it('are many', () => {
    expect(members.length).toBeGreaterThan(250);
  });
  it('have a docstring each', () => {
    expect(members.filter((member) => textOf(member).length < 4).map(({ name }) => name)).toEqual([]);
  });
  it('say what they throw when they throw', () => {
    const silent = members.filter((member) => {
      const body = bodyOf(member);
      return body && throws(body) && !textOf(member).includes('@throws');
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
  it('name stable codes where they throw', () => {
    const vague = members.filter(
      (member) => /@throws/.test(textOf(member)) && !/ERR_[A-Z_]+|ExpressionProblem|as `|as the calls/.test(textOf(member)),
    );
    expect(vague.map(({ name }) => name)).toEqual([]);
  });
  it('say unit or range of every number', () => {
    expect(bareNumbers).toEqual([]);
  });
});
