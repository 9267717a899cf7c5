// SPDX-License-Identifier: Apache-2.0
//
// What the peers that are node packages share: `node NAME.js TASK INPUT OUTPUT THREADS` runs one
// query over INPUT, which writes its answer as CSV without a header to OUTPUT. One line of JSON goes
// to standard output: the version, and the seconds of the query alone, without the start of node
// and of the package.
"use strict";

const orders = ["order", "customer", "day", "state", "ware", "pieces", "price", "discount", "city",
                "note"];

async function peer(version, tasks) {
  if (process.argv[2] === "version") return console.log(JSON.stringify({ version }));
  const [task, input, output, threads] = process.argv.slice(2);
  const run = await tasks[task](input, output, Number(threads));
  const begin = process.hrtime.bigint();
  await run();
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  console.log(JSON.stringify({ version, seconds }));
}

module.exports = { peer, orders };
