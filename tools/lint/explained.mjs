import { linted } from './imports.mjs';
import { isProduct, placeOf } from './rooms.mjs';

/**
 * Whatever switches a check off says why, next to it: a cast, a lint exception. A TODO names its issue.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const explained = {
  meta: { type: 'problem', docs: { description: 'casts, lint exceptions and TODOs carry their reason' }, schema: [] },
  create(context) {
    const { sourceCode } = context;
    const checksCasts = isProduct(placeOf(linted(context)));
    const commentLines = new Set(sourceCode.getAllComments().flatMap(linesOf));
    return {
      Program() {
        for (const comment of sourceCode.getAllComments()) {
          const message = complaintAboutComment(comment.value);
          if (message !== undefined && comment.loc) context.report({ loc: comment.loc, message });
        }
      },
      TSAsExpression(/** @type {any} */ node) {
        if (!checksCasts || isConst(node) || node.parent.type === 'TSAsExpression' || hasComment(node, commentLines)) return;
        context.report({ node, message: 'A cast needs a comment that says why it holds; better, narrow or parse the value.' });
      },
    };
  },
};

/** @type {(text: string) => string | undefined} */
function complaintAboutComment(text) {
  if (/^\s*eslint-disable/.test(text) && !/--\s*\S/.test(text)) return 'A lint exception says why: eslint-disable... rule -- reason.';
  if (/@ts-(ignore|nocheck)/.test(text)) return 'Use @ts-expect-error with a reason.';
  if (/^[\s*]*(TODO|FIXME|XXX)\b/m.test(text) && !/#\d+/.test(text)) return 'A TODO names its issue: TODO(#12).';
  return undefined;
}

/** @type {(comment: { loc?: import('eslint').AST.SourceLocation | null | undefined }) => number[]} */
function linesOf({ loc }) {
  if (!loc) return [];
  return Array.from({ length: loc.end.line - loc.start.line + 1 }, (_, index) => loc.start.line + index);
}

/** @type {(node: any) => boolean} */
const isConst = (node) => node.typeAnnotation.type === 'TSTypeReference' && node.typeAnnotation.typeName.name === 'const';

/** @type {(node: any, commentLines: ReadonlySet<number>) => boolean} on a line of the cast, or right above it or its statement */
function hasComment(node, commentLines) {
  let statement = node;
  while (statement.parent && !/(Statement|Declaration|PropertyDefinition|MethodDefinition)$/.test(statement.type))
    statement = statement.parent;
  for (let line = node.loc.start.line - 1; line <= node.loc.end.line; line += 1) if (commentLines.has(line)) return true;
  return commentLines.has(statement.loc.start.line - 1) || commentLines.has(statement.loc.start.line);
}
