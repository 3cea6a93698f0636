// Builds the library beside the page: sse-status.js (a module), sse-status.classic.js (a script, global `sseStatus`),
// sse-status-react.js (a module, to whom React is somebody else's) and their types. Fails when it has grown too large.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const SIZE_MAX = 5_000; // bytes of sse-status.js after gzip -9
// Names that only the library's own modules say to each other: not those of its interface, the browser's, and what
// tabs tell each other, who may have the other build.
const INNER = new RegExp(
  `^(${[
    'elect soon after onLeave bus storage probe save',
    'become take cursor told isReady hasMoved heartbeat',
    'members source waiting onOpen onLink position unseen gather give settle resetGroup unsettle deliver catchUpAll',
    'announce isStarting covered forget follow listen',
    'root content followed filled label piece mark show tell',
  ]
    .join(' ')
    .replaceAll(' ', '|')})$`,
);
const minify = (isModule) => ({
  compress: true,
  codegen: { removeWhitespace: true },
  mangle: { toplevel: isModule }, // a script's are its globals
  mangleProps: { include: INNER },
});

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here('../build/www');

async function bundle(entry, format, name, options = {}) {
  await build({
    configFile: false,
    root: here('.'),
    logLevel: 'warn',
    publicDir: false,
    define: options.define ?? {},
    build: {
      outDir: out,
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      lib: { entry: here(`src/status/${entry}`), formats: [format], name: 'sseStatus', fileName: () => name },
      rolldownOptions: {
        external: options.external ?? [],
        output: { comments: false, minify: minify(format === 'es'), ...options.output },
      },
    },
  });
}

const module = here('src/status/index');
await bundle('index.ts', 'es', 'sse-status.js');
await bundle('index.ts', 'iife', 'sse-status.classic.js', { define: { 'import.meta.url': 'document.baseURI' } });
await bundle('react.ts', 'es', 'sse-status-react.js', {
  external: ['react', './index'],
  output: { paths: (id) => (id.startsWith(module) || id === './index' ? './sse-status.js' : id) },
});
for (const types of ['sse-status.d.ts', 'sse-status-react.d.ts']) {
  fs.copyFileSync(here(`src/status/${types}`), `${out}/${types}`);
}

const size = gzipSync(fs.readFileSync(`${out}/sse-status.js`), { level: 9 }).length;
if (size > SIZE_MAX) throw new Error(`sse-status.js has ${size} bytes after gzip -9, more than ${SIZE_MAX}`);
