// SPDX-License-Identifier: Apache-2.0
//
// ClickHouse on a CSV file, in the process, as the package chdb.
"use strict";

const { query } = require("chdb");
const { peer, orders } = require("./peer");

const stations = (input) => `
  SELECT station, min(temp), avg(temp), max(temp)
  FROM file('${input}', 'CSV', 'station String, temp Float64')
  GROUP BY station ORDER BY station`;

const types = { order: "UInt64", customer: "UInt64", pieces: "UInt32", price: "Decimal(9,2)",
                discount: "Decimal(3,2)", day: "Date" };
const columns = orders.map((name) => `"${name}" ${types[name] ?? "String"}`).join(", ");
const customers = (input) => `
  SELECT customer, count(), sum(price), avg(price)
  FROM file('${input}', 'CSVWithNames', '${columns}')
  GROUP BY customer ORDER BY customer`;

// Lines in the order of their bytes; the raw format writes them as they are.
const lines = async (input, output, threads) => () =>
  query(`SELECT line FROM file('${input}', 'LineAsString') ORDER BY line
         INTO OUTFILE '${output}' TRUNCATE FORMAT TSVRaw SETTINGS max_threads = ${threads}`);

const write = (select, delimiter) => async (input, output, threads) => () =>
  query(`${select(input)} INTO OUTFILE '${output}' TRUNCATE FORMAT CSV
         SETTINGS max_threads = ${threads}, format_csv_delimiter = '${delimiter}'`);

const version = query("SELECT version()", "TSV").trim();
peer(version, { stations: write(stations, ";"), orders: write(customers, ","),
               lines });
