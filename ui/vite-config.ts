import { defineConfig } from 'vite'

/** Where `npm run dev` finds a broker. */
const broker = 'http://127.0.0.1:15672'

// biome-ignore lint/style/noDefaultExport: what Vite asks for
export default defineConfig({
  // All addresses are relative, so that the files work under any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What more than one page uses, and the page one comes to, comes with the first file: one request instead of a dozen.
        codeSplitting: {
          groups: [{ name: 'main', test: /(node_modules|src\/(?!pages\/(?!overview\/)))/, priority: 1 }],
        },
      },
    },
  },
  server: { proxy: { '/api': broker } },
})
