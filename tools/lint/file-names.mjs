import path from 'node:path';

/** @type {import('eslint').Rule.RuleModule} */
export const fileNames = {
  meta: { type: 'problem', docs: { description: 'files are kebab-case' }, schema: [] },
  create(context) {
    const name = path.basename(context.filename);
    return {
      Program(node) {
        if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(name)) context.report({ node, message: `${name}: file names are kebab-case.` });
      },
    };
  },
};
