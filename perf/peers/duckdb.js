// SPDX-License-Identifier: Apache-2.0
//
// DuckDB on a CSV file: types and dialect are given, nothing is sniffed, rows need not keep their
// order. Decimals are its fastest type for these columns.
"use strict";

const { DuckDBInstance, version } = require("@duckdb/node-api");
const { peer, orders } = require("./peer");

const stations = (input) => `
  SELECT station, min(temp), avg(temp), max(temp)
  FROM read_csv('${input}', auto_detect = false, header = false, delim = ';', quote = '',
                escape = '', columns = {station: 'VARCHAR', temp: 'DECIMAL(3,1)'})
  GROUP BY station ORDER BY station`;

const types = { order: "BIGINT", customer: "BIGINT", pieces: "INTEGER", price: "DECIMAL(9,2)",
                discount: "DECIMAL(3,2)", day: "DATE" };
const columns = orders.map((name) => `"${name}": '${types[name] ?? "VARCHAR"}'`).join(", ");
const customers = (input) => `
  SELECT customer, count(*), sum(price), avg(price)
  FROM read_csv('${input}', auto_detect = false, header = true, delim = ',', quote = '"',
                escape = '"', columns = {${columns}})
  GROUP BY customer ORDER BY customer`;

// Lines in the order of their bytes: a file of one column without quotes or delimiters.
const lines = (input) => `
  SELECT line FROM read_csv('${input}', auto_detect = false, header = false, delim = '\x01',
                            quote = '', escape = '', columns = {line: 'VARCHAR'})
  ORDER BY line`;

const copy = (query, options = "") => async (input, output, threads) => {
  const instance = await DuckDBInstance.create(":memory:",
    { threads: String(threads), preserve_insertion_order: "false" });
  const connection = await instance.connect();
  return () => connection.run(`COPY (${query(input)}) TO '${output}' (HEADER false${options})`);
};

peer(version(), { stations: copy(stations), orders: copy(customers),
                  lines: copy(lines, ", DELIMITER '\x01', QUOTE '\x02', ESCAPE '\x02'") });
