// SPDX-License-Identifier: Apache-2.0
//
// Polars on a CSV file: a lazy scan with a schema, run by the streaming engine.
"use strict";

process.env.POLARS_MAX_THREADS = process.argv[5] ?? "2";
const pl = require("nodejs-polars");
const { peer, orders } = require("./peer");

const temp = pl.col("temp");
const stations = (input) =>
  pl.scanCSV(input, { sep: ";", hasHeader: false,
                      schema: { station: pl.String, temp: pl.Float64 } })
    .groupBy("station")
    .agg(temp.min().as("min"), temp.mean().as("mean"), temp.max().as("max"))
    .sort("station");

const types = { order: pl.Int64, customer: pl.Int64, pieces: pl.Int32, price: pl.Float64,
                discount: pl.Float64 };
const schema = Object.fromEntries(orders.map((name) => [name, types[name] ?? pl.String]));
const price = pl.col("price");
const customers = (input) =>
  pl.scanCSV(input, { schema })
    .groupBy("customer")
    .agg(price.count().as("count"), price.sum().as("sum"), price.mean().as("mean"))
    .sort("customer");

const write = (lazy) => async (input, output) => () =>
  lazy(input).collectSync({ engine: "streaming" }).writeCSV(output, { includeHeader: false });

peer(pl.version, { stations: write(stations), orders: write(customers) });
