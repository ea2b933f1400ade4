// Makes one file of the command `npm run migrate:halfvec`: node bundle-tool.mjs FILE
import { mkdtemp, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

const [file] = process.argv.slice(2);

/** Each module still finds what lies beside it. */
const modulesWhereTheyWere = {
  name: "modules-where-they-were",
  transform: (code, id) =>
    code.includes("import.meta.url")
      ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
      : null,
};

const NOTHING = "\0nothing";
/** What `pg` asks for only where somebody wants it, and which is not installed. */
const withoutNativeDriver = {
  name: "without-native-driver",
  enforce: "pre",
  resolveId: (source) => (source === "pg-native" ? NOTHING : null),
  load: (id) => (id === NOTHING ? "export default null" : null),
};

// Complete before it has its name: several may be at it at once, and any of them may be killed.
const outDir = await mkdtemp(`${file}-`);
await build({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  configFile: false,
  logLevel: "error",
  publicDir: false,
  plugins: [modulesWhereTheyWere, withoutNativeDriver],
  ssr: { noExternal: true },
  build: {
    ssr: "scripts/migrate-to-halfvec.ts",
    outDir,
    target: "node20",
    rollupOptions: { output: { entryFileNames: basename(file), inlineDynamicImports: true } },
  },
});
await rename(join(outDir, basename(file)), file);
await rm(outDir, { recursive: true });
