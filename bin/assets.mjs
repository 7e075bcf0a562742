// Builds static/build: the style sheet, GOV.UK Frontend's script and the fonts. Run by `npm run build`.
// The government's own font, crest and icons are not copied: they are reserved for its own services.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const build = join(root, "static", "build");

mkdirSync(build, { recursive: true });

const { css } = sass.compile(join(root, "static", "scss", "app.scss"), {
  loadPaths: [modules, join(modules, "govuk-frontend", "dist")],
  quietDeps: true,
  style: "compressed",
});
writeFileSync(join(build, "app.css"), css);

const copies = {
  "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
  "inter-ui/variable/InterVariable.woff2": "InterVariable.woff2",
  "inter-ui/variable/InterVariable-Italic.woff2": "InterVariable-Italic.woff2",
  // Documents are set in the fixed weights.
  "inter-ui/web/Inter-Regular.woff2": "Inter-Regular.woff2",
  "inter-ui/web/Inter-Italic.woff2": "Inter-Italic.woff2",
  "inter-ui/web/Inter-SemiBold.woff2": "Inter-SemiBold.woff2",
  "inter-ui/web/Inter-Bold.woff2": "Inter-Bold.woff2",
  "inter-ui/LICENSE.txt": "Inter-LICENSE.txt",
};
for (const [source, target] of Object.entries(copies)) {
  copyFileSync(join(modules, source), join(build, target));
}
