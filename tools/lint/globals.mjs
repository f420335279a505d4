/**
 * Finds uses of what the run time gives to every module, however it is spelled: `setTimeout`, `globalThis.setTimeout`, `Date.now`.
 */

/** @typedef {import('eslint').Rule.Node} Node */

/**
 * Calls `visit` with each global value the linted file refers to, as a dotted name of the longest static chain: `Date.now`, `process.env.HOME`.
 *
 * @param {import('eslint').Rule.RuleContext} context
 * @param {(node: any, name: string) => void} visit
 * @returns {import('eslint').Rule.RuleListener}
 */
export function onGlobals(context, visit) {
  return {
    'Program:exit'() {
      const scope = context.sourceCode.scopeManager.globalScope;
      if (!scope) return;
      const unresolved = scope.through;
      const declaredByRunTime = scope.variables.filter((variable) => variable.defs.length === 0).flatMap((variable) => variable.references);
      for (const reference of new Set([...unresolved, ...declaredByRunTime])) {
        // A type position (`typeof setTimeout` aside) loads nothing.
        if (/** @type {any} */ (reference).isValueReference === false) continue;
        const chain = chainFrom(/** @type {any} */ (reference.identifier));
        const names = chain.names.filter((name, index) => index > 0 || !isGlobalObject(name));
        for (const last of destructured(chain.node)) visit(chain.node, [...names, ...last].join('.'));
      }
    },
  };
}

/** @type {(name: string) => boolean} */
const isGlobalObject = (name) => name === 'globalThis' || name === 'global';

/** @type {(identifier: any) => { node: any, names: string[] }} */
function chainFrom(identifier) {
  const names = [identifier.name];
  let node = identifier;
  while (node.parent?.type === 'MemberExpression' && node.parent.object === node) {
    const name = propertyName(node.parent);
    if (name === undefined) break;
    names.push(name);
    node = node.parent;
  }
  return { node, names };
}

/** @type {(node: any) => string[][]} What `const { env, argv } = process` takes out of a value: one name each; otherwise the value itself. */
function destructured(node) {
  const { parent } = node;
  if (parent?.type !== 'VariableDeclarator' || parent.init !== node || parent.id.type !== 'ObjectPattern') return [[]];
  return parent.id.properties.map((/** @type {any} */ property) => (property.key?.name ? [property.key.name] : []));
}

/** @type {(member: any) => string | undefined} */
function propertyName(member) {
  if (!member.computed) return member.property.name;
  return typeof member.property.value === 'string' ? member.property.value : undefined;
}

/** @type {(name: string, banned: readonly string[]) => string | undefined} the banned name that `name` is or leads into */
export const bannedIn = (name, banned) => banned.find((each) => name === each || name.startsWith(`${each}.`));
