import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// CMake names a folder of its own per build tree, so that two of them never share an output.
const out = resolve(process.env['CONSOLE_OUT'] ?? 'dist');
// During development the API of a running program is reached through this server.
const server = process.env['TALLYBOOK_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: resolve(out, 'app'),
    emptyOutDir: true,
    // Files instead of data: addresses, so that a strict content policy can hold.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/v1': server, '/v2': server } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
