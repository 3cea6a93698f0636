// How the page is built: into ../build/www, with relative addresses only, so that a web server may
// mount it under any path; and how long its tests may take.
/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// The promise "no request to any other host", kept by the browser. Only in the built page: the
// development server injects inline scripts, which the policy would refuse.
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: "default-src 'self'; base-uri 'none'" },
        injectTo: 'head-prepend',
      },
    ],
  };
}

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy()],
  build: {
    outDir: '../build/www',
    emptyOutDir: true,
    target: 'es2022',
    // Any browser that runs this page knows module preloading; the polyfill would use fetch.
    modulePreload: { polyfill: false },
  },
  // Generous: they wait for nothing, but on a busy machine the longest took 3.5 of the 5 s that Vitest gives by itself.
  test: { testTimeout: 60_000 },
});
