// SPDX-License-Identifier: Apache-2.0
//
// Makes the page: node perf/page/build.js DIRECTORY
//
// DIRECTORY/page.html is one file with style, script and the licences of what the script has in it,
// and @DATA@ where perf/report_html.c puts the document. DIRECTORY/page.c is the same, compressed,
// as an array for libyoke.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const read = (...names) => readFileSync(join(here, ...names), "utf8");

async function bundle() {
  const result = await build({
    entryPoints: [join(here, "src/main.js")],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    write: false,
    metafile: true,
  });
  return { script: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs) };
}

/** The packages whose files went into the bundle, and the one that put them there. */
function packagesOf(inputs) {
  const names = inputs.map((name) => name.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined)), "esbuild"].sort();
}

function licenceOf(name) {
  const { version, license } = JSON.parse(read("node_modules", name, "package.json"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].find((each) =>
    existsSync(join(here, "node_modules", name, each)),
  );
  if (file === undefined) return `${name} ${version}: ${license}`;
  return `${name} ${version}\n\n${read("node_modules", name, file).trim()}`;
}

/** A comment that begins the script. It stays in the page, as the licences ask. */
function licences(packages) {
  const texts = packages.map(licenceOf).join("\n\n----\n\n");
  const head = "This script is part of yoke (Apache-2.0). It was bundled by esbuild, and contains:";
  return `/*\n${head}\n\n${texts.replaceAll("*/", "* /")}\n*/\n`;
}

/** Replaces a mark that must stand there once; functions, since texts may have "$" in them. */
function put(page, mark, text) {
  if (page.split(mark).length !== 2) throw new Error(`${mark} must stand once in the page`);
  return page.replace(mark, () => text);
}

function array(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 24)
    lines.push([...bytes.subarray(at, at + 24)].join(","));
  return lines.join(",\n");
}

function source(page) {
  const packed = gzipSync(page, { level: 9 });
  return `/* Made by perf/page/build.js. */
#include "perf/report_page.h"

const size_t yoke__page_size = ${Buffer.byteLength(page)};
const size_t yoke__page_packed_size = ${packed.length};
const unsigned char yoke__page_packed[] = {
${array(packed)}};
`;
}

const to = process.argv[2];
const { script, inputs } = await bundle();
// "</script" in a string of the script would end it early; in a string "<\/" is the same.
const code = (licences(packagesOf(inputs)) + script).replaceAll("</script", "<\\/script");
const hash = createHash("sha256").update(code).digest("base64");
let page = put(read("src/page.html"), "@STYLE@", read("src/style.css").trim());
page = put(page, "@HASH@", hash);
page = put(page, "@SCRIPT@", code);
if (page.split("@DATA@").length !== 2) throw new Error("@DATA@ must stand once in the page");
writeFileSync(join(to, "page.html"), page);
writeFileSync(join(to, "page.c"), source(page));
