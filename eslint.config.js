import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Imports go down only (ARCHITECTURE.md): `files` may not import from the folders in `above`. */
function layer(files, above) {
  const message = 'imports go down the layers, never up (ARCHITECTURE.md)';
  const group = above.map((folder) => `**/${folder}/**`);
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] } };
}

const common = {
  'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
  'prefer-const': 'error',
  'no-var': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
};

export default defineConfig(
  globalIgnores(['build/', 'dist/', 'coverage/', 'docs/api/', 'images/dist/', 'test/artifacts/']),
  {
    files: ['web/**/*.ts', 'test/**/*.ts', '*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      ...common,
      eqeqeq: 'error',
      // vi.fn() and comlink hand methods around
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['web/**/*.js', 'test/**/*.js', '*.js'],
    extends: [tseslint.configs.recommended],
    rules: { ...common, eqeqeq: 'error' },
  },
  {
    // AssemblyScript: parsed only. Decorators on functions are no valid TypeScript, and there is no type information
    files: ['assembly/**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { allowInvalidAST: true } },
    rules: {
      ...common,
      '@typescript-eslint/ban-ts-comment': 'off',
      '@typescript-eslint/no-namespace': 'off',
      // A handler's signature is given by whoever calls it through the table
      // and so are the type parameters of a backend's method
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none', varsIgnorePattern: '^([A-Z]|From|To)$' }],
      'no-labels': 'error',
    },
  },
  // Opcode maps: one switch each
  { files: ['assembly/isa/{one-byte,two-byte,rare}.ts'], rules: { 'max-lines': 'off' } },
  layer(['web/machine/**'], ['client', 'terminal', 'cli', 'element', 'app']),
  layer(['web/client/**'], ['terminal', 'cli', 'element', 'app']),
  layer(['web/terminal/**'], ['cli', 'element', 'app']),
  layer(['web/element/**'], ['cli', 'app']),
  layer(['web/{cli,element,app}/**'], ['test']),
  layer(['assembly/{cpu,memory,bus}/**'], ['isa', 'interpreter', 'jit', 'chipset']),
  layer(['assembly/isa/**'], ['chipset']),
  layer(['assembly/chipset/**'], ['isa', 'interpreter', 'jit']),
);
