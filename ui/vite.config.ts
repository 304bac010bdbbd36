// The build of the window: what the desktop shell loads from disk. It is not a web site: no remote origin, no service worker.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [react()],
  clearScreen: false,
  server: { port: 5173, strictPort: true, host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
  // The fixture host is for work on the window without the desktop shell; a release build leaves it out.
  define: { __FIXTURE__: JSON.stringify(mode !== 'production') },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing is inlined: the content security policy allows files of the app and blob images, no data addresses.
    assetsInlineLimit: 0,
    // The windows that the shell uses: WebKitGTK 2.40, WebView2, Safari 16.4.
    target: ['safari16.4', 'chrome110'],
    modulePreload: { polyfill: false },
    // Files come from the disk, so one larger file costs nothing.
    chunkSizeWarningLimit: 2000,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    include: ['src/**/*.test.{ts,tsx}'],
  },
}));
