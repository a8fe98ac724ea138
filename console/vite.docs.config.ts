import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

// The API reference is a bundle of its own: whoever only uses the console never loads the viewer.
const out = resolve(process.env['CONSOLE_OUT'] ?? 'dist');

// The viewer comes bundled with other packages; their notices have to travel with it.
function viewerNotices(): Plugin {
  const files = ['NOTICE', 'swagger-ui-es-bundle.js.LICENSE.txt'];
  return {
    name: 'viewer-notices',
    generateBundle() {
      const source = files.map((file) => readFileSync(resolve('node_modules/swagger-ui-dist', file), 'utf8')).join('\n');
      this.emitFile({ type: 'asset', fileName: 'notices.txt', source });
    },
  };
}

export default defineConfig({
  root: 'docs',
  base: '/docs/',
  publicDir: false,
  plugins: [viewerNotices()],
  build: {
    outDir: resolve(out, 'docs'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 2000,
    license: { fileName: 'licenses.md' },
  },
});
