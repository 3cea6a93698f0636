// Lint rules. The layers status → stream → model → charts → panels → app are enforced here: a folder may
// import only from folders to its left.
import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const LAYERS = ['status', 'stream', 'model', 'charts', 'panels', 'app'];
const WITHOUT_REACT = ['status', 'stream', 'model'];
const WITH_D3 = ['charts'];

function layer(name) {
  const above = LAYERS.slice(LAYERS.indexOf(name) + 1);
  const patterns = [];
  if (above.length > 0) {
    patterns.push({ regex: `(^|/)(${above.join('|')})(/|$)`, message: `${name}/ may not import from a layer above it.` });
  }
  if (WITHOUT_REACT.includes(name)) {
    patterns.push({ regex: '^react(-dom)?(/|$)', message: `${name}/ knows no React.` });
  }
  if (!WITH_D3.includes(name)) {
    patterns.push({ regex: '^d3-', message: 'D3 computes in charts/ only.' });
  }
  return {
    files: [`src/${name}/**/*.{ts,tsx}`],
    ignores: ['src/status/react.ts'], // the library's hook, which is built by itself
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default defineConfig(
  ...tseslint.configs.strict,
  reactHooks.configs.flat.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'max-lines': ['error', 200],
      eqeqeq: 'error',
      // A dynamic import would slip past the rule of the layers.
      'no-restricted-syntax': ['error', { selector: 'ImportExpression', message: 'Import statically.' }],
    },
  },
  { files: ['src/{charts,panels,app}/*.tsx'], rules: { 'max-lines': ['error', 120] } },
  {
    files: ['src/{model,charts,panels,app}/**/*.{ts,tsx}'],
    ignores: ['**/*.test.*'],
    rules: {
      'no-restricted-globals': ['error', 'EventSource', 'fetch', 'XMLHttpRequest', 'WebSocket'],
    },
  },
  {
    files: ['src/model/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Date', 'performance', 'setTimeout', 'setInterval', 'EventSource', 'fetch'],
    },
  },
  ...LAYERS.map(layer),
);
